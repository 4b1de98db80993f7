"""Whatever a client sends, it gets a clear answer and the service goes on."""

from __future__ import annotations

import httpx
import pytest

from agent.adapters.chat_model import ScriptedModel
from agent.errors import ModelOutputError, ModelUnavailable
from tests.acceptance.world import DOSE, HOMEWORK, MESSAGES

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def post(live):
    server = live()

    def send(**body: object) -> httpx.Response:
        return httpx.post(f"{server.url}/v1/turns", json=body, timeout=20)

    yield send
    assert send(input=HOMEWORK).status_code == 200  # whatever it was, the service goes on


def problem(response: httpx.Response, status: int, code: str) -> str:
    assert response.headers["content-type"] == "application/problem+json", response.text
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert "Traceback" not in response.text
    return str(response.json()["detail"])


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u200b\u200d", "\x00"])
@pytest.mark.parametrize("stream", [True, False])
def test_empty_and_white_space(post, text: str, stream: bool):
    assert "empty" in problem(post(input=text, stream=stream), 422, "empty_input")


def test_a_megabyte_of_text(post):
    detail = problem(post(input="a" * 1_000_000), 413, "input_too_long")
    assert "1,000,000 characters" in detail
    assert "HANDRAIL_MAX_INPUT_CHARS" in detail


def test_a_body_larger_than_any_input(live):
    response = httpx.post(f"{live().url}/v1/decisions", json={"input": "a" * 3_000_000}, timeout=20)
    assert "HANDRAIL_MAX_BODY_BYTES" in problem(response, 413, "body_too_large")


def test_invalid_utf8(live):
    response = httpx.post(f"{live().url}/v1/turns", content=b'{"input": "\xff\xfe"}', headers=JSON)
    assert "byte 11 is `0xff`" in problem(response, 400, "invalid_encoding")


@pytest.mark.parametrize(
    "body",
    [{"input": 5}, {"input": None}, {"input": ["a"]}, {"input": "a", "context": 5}, {"input": "a", "thread_id": 5}],
)
def test_wrong_types(post, body: dict[str, object]):
    assert "expected" in problem(post(**body), 422, "invalid_request")


def test_unknown_fields(post):
    assert "did you mean `input`?" in problem(post(input="a", inputs="b"), 422, "invalid_request")


@pytest.mark.parametrize("thread", ["thread_0", "", "x" * 100, "'; drop table checkpoints; --", "\x00"])
@pytest.mark.parametrize("stream", [True, False])
def test_an_unknown_thread(post, thread: str, stream: bool):
    assert "leave `thread_id` out" in problem(post(input="a", thread_id=thread, stream=stream), 404, "unknown_thread")


@pytest.mark.parametrize(
    ("field", "value", "used"), [("role", "wizard", "public"), ("locale", "xx-YY", "en-US"), ("locale", "es_AR", "es")]
)
def test_an_unknown_role_or_locale_falls_back_and_says_so(post, field: str, value: str, used: str):
    response = post(input=HOMEWORK, context={field: value})
    assert response.status_code == 200
    (notice,) = response.json()["notices"]
    assert notice["code"] == f"unknown_{field}"
    assert f"`{value}`" in notice["detail"]
    assert f"`{used}`" in notice["detail"]


def test_a_malformed_last_event_id(live):
    server = live()
    turn_id = httpx.post(f"{server.url}/v1/turns", json={"input": HOMEWORK}).json()["turn_id"]
    response = httpx.get(f"{server.url}/v1/turns/{turn_id}/events", headers={"Last-Event-ID": "seven"})
    assert "expected `<turn_id>:<number>`" in problem(response, 400, "invalid_last_event_id")


def test_guidance_out_of_reach_is_said_and_recovers_by_itself(live, store):
    server = live()
    store.down = True
    refused = httpx.post(f"{server.url}/v1/turns", json={"input": DOSE}).json()
    assert (refused["action"], refused["alternative"]) == ("refuse", None)
    assert MESSAGES.get("guidance_unavailable", "en") in refused["text"]
    ready = httpx.get(f"{server.url}/readyz")
    assert "guidance: the store is out of reach" in problem(ready, 503, "not_ready")
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    store.down = False
    assert httpx.get(f"{server.url}/readyz").json()["status"] == "ready"
    assert httpx.post(f"{server.url}/v1/turns", json={"input": DOSE}).json()["action"] == "guide"


@pytest.mark.parametrize("error", [ModelUnavailable("down"), ModelOutputError("garbage")])
def test_a_model_that_does_not_answer_is_said_in_a_sentence(live, error: Exception):
    server = live(model=ScriptedModel([error]))
    response = httpx.post(f"{server.url}/v1/turns", json={"input": HOMEWORK})
    assert response.status_code == 200
    assert MESSAGES.get("model_unavailable", "en") in response.json()["text"]
