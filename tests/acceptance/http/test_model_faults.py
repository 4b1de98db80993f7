"""A real endpoint behind Handrail, with the faults of real ones, and the OpenAI SDK in front of it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import openai
import pytest
import uvicorn

from agent.adapters.model_roles import ModelRoles
from agent.adapters.twins import assessment
from agent.endpoints import Endpoint as Configured
from agent.endpoints import Models
from agent.moderation import Limits
from evals.stub_model import ANSWER, USED, Stub
from policies.taxonomy import Facet, Hazard
from tests.acceptance.http.live import Live
from tests.acceptance.world import GPL, MESSAGES

CARE = "Is it safe to take ibuprofen for my back? say:"
TABLE = {
    CARE: assessment(Facet.HEALTH_INFORMATION, hazards={Hazard.ADVICE_HEALTH: 0.9}),
    GPL: assessment(Facet.LICENCE_QUESTION),
}


class Endpoint:
    """The stub on a port of its own."""

    def __init__(self) -> None:
        self.stub = Stub()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        self._server = uvicorn.Server(
            uvicorn.Config(self.stub.app, log_config=None, ws="none", timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=lambda: self._server.run(sockets=[self._socket]))
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._socket.close()


QUIET = ("stalls", "silent")
"""Endpoints that fall silent, for which a test waits; the others get the time that a busy machine may need."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.stop()


class Connected(openai.OpenAI):
    """The SDK in front of a server, which a test may look into."""

    server: Live


@pytest.fixture
def connect(live: Callable[..., Live], endpoint: Endpoint) -> Iterator[Callable[..., Connected]]:
    """A client of a server behind which these behaviours answer, the next where one fails."""
    clients: list[Connected] = []

    def connected(*behaviours: str, limits: dict[str, object] | None = None, bounds: Limits | None = None) -> Connected:
        endpoints = {
            name: Configured.model_validate(
                {
                    "model": name,
                    "base_url": endpoint.url,
                    "timeout_s": 1.0 if name in QUIET else 20.0,
                    "retries": 0,
                    **(limits or {}),
                }
            )
            for name in behaviours
        }
        roles = ModelRoles(Models(endpoints=endpoints, roles={"answer": behaviours}), patience_s=40.0)
        server = live(model=roles.answer, assessments=TABLE, close=roles.close, limits=bounds or Limits())
        clients.append(Connected(base_url=f"{server.url}/v1", api_key="any", max_retries=0))
        clients[-1].server = server
        return clients[-1]

    yield connected
    for client in clients:
        client.close()


def stream(client: openai.OpenAI, text: str = "Why is the sea salty?"):
    return client.chat.completions.create(model="handrail", messages=[{"role": "user", "content": text}], stream=True)


def read(client: openai.OpenAI, text: str = "Why is the sea salty?") -> tuple[str, list[dict], str]:
    """The text, what was held, and the finish reason."""
    said, held, reason = "", [], ""
    for chunk in stream(client, text):
        extra = getattr(chunk, "handrail", None) or {}
        held += [extra["held"]] if isinstance(extra.get("held"), dict) else []
        if chunk.choices:
            said += chunk.choices[0].delta.content or ""
            reason = chunk.choices[0].finish_reason or reason
    return said, held, reason


@pytest.mark.parametrize("behaviour", ["steady", "letters", "slow"])
def test_an_answer_arrives_whole_at_any_pace(connect, behaviour):
    said, held, reason = read(connect(behaviour))
    assert (said.strip(), held, reason) == (ANSWER, [], "stop")


def test_a_sentence_arrives_while_the_model_is_still_writing(connect, endpoint):
    chunks = (chunk for chunk in stream(connect("slow")) if chunk.choices and chunk.choices[0].delta.content)
    assert next(chunks).choices[0].delta.content == ANSWER.split(". ")[0] + "."
    assert endpoint.stub.running == 1
    assert sum(1 for _ in chunks) >= 3


def test_a_dose_is_held_with_a_reason_and_the_reply_is_filtered(connect):
    said, held, reason = read(connect("letters"), f"{CARE} Food helps. Take four hundred milligrams now. Rest.")
    assert said == f"Food helps.\n\n{MESSAGES.get('held', 'en')}" or said.startswith("Food helps.\n\n")
    assert "milligrams" not in said
    assert held[0]["checks"] == ["no_dosage"]
    assert reason == "content_filter"


NO_ANSWER = ["busy", "broken", "wrong_json", "garbage", "empty"]


@pytest.mark.parametrize("behaviour", NO_ANSWER)
def test_an_endpoint_that_gives_no_answer_is_said_to_be_unavailable(connect, behaviour):
    said, _, reason = read(connect(behaviour))
    assert said == MESSAGES.get("model_unavailable", "en")
    assert reason == "stop"


def test_the_next_endpoint_answers_where_others_fail_and_every_call_is_on_record(connect):
    client = connect(*NO_ANSWER, "silent", "steady")
    said, held, reason = read(client)
    assert (said.strip(), held, reason) == (ANSWER, [], "stop")
    (outcome,) = client.server.ask(client.server.world.bodies("outcome"))
    assert [(call["endpoint"], call["outcome"]) for call in outcome["models"]] == [
        *((name, "failed") for name in (*NO_ANSWER, "silent")),
        ("steady", "answered"),
    ]
    assert outcome["model"]["name"] == "steady"
    last = outcome["models"][-1]
    assert (last["input_tokens"], last["output_tokens"], last["reported"]) == (*USED, True)


def test_guidance_answers_where_every_endpoint_fails_and_covers_the_question(connect):
    said, _, _ = read(connect("busy", "garbage"), GPL)
    assert "[1]" in said


def test_an_endpoint_that_keeps_failing_is_left_alone_and_comes_back(connect, endpoint):
    client = connect("broken", limits={"breaker_failures": 2, "breaker_seconds": 0.3})
    before = len(endpoint.stub.asked)
    for _ in range(4):
        read(client)
    assert len(endpoint.stub.asked) - before == 2
    client.server.world.model.lines[0].breaker._opened_at -= 0.3
    endpoint.stub.mended.add("broken")
    assert read(client)[0].strip() == ANSWER
    assert read(client)[0].strip() == ANSWER
    endpoint.stub.mended.clear()


def test_an_endpoint_that_is_asked_too_often_is_asked_again_when_it_says(connect, endpoint):
    before = len(endpoint.stub.asked)
    assert read(connect("busy_once", limits={"retries": 1}))[0].strip() == ANSWER
    assert len(endpoint.stub.asked) - before == 2


@pytest.mark.parametrize("behaviour", ["drops", "stalls"])
def test_an_answer_that_breaks_off_says_so(connect, behaviour):
    said, _, _ = read(connect(behaviour))
    assert said.startswith("The sea is salty")
    assert said.endswith(MESSAGES.get("model_unavailable", "en"))


def test_a_model_that_never_ends_is_cut_off_with_a_reason(connect, endpoint):
    said, held, reason = read(connect("never_ends", bounds=Limits(chars=5_000)))
    assert 4_000 < len(said) < 5_300
    assert said.endswith(MESSAGES.get("held_length", "en"))
    assert (held[0]["checks"], reason) == (["length"], "length")
    assert _within_a_second(lambda: endpoint.stub.running == 0)


def test_a_client_that_leaves_ends_the_call_to_the_model_within_a_second(connect, endpoint):
    client = connect("stalls")
    chunks = stream(client)
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content:
            break
    assert endpoint.stub.running == 1
    chunks.close()
    assert _within_a_second(lambda: endpoint.stub.running == 0)
    bodies = client.server.world.bodies
    assert _within_a_second(lambda: bool(client.server.ask(bodies("outcome"))))
    (outcome,) = client.server.ask(bodies("outcome"))
    assert (outcome["outcome"], [call["outcome"] for call in outcome["models"]]) == ("client_left", ["left"])
    assert outcome["models"][0]["output_tokens"] > 0


def _within_a_second(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 1.0
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_moderations_work_with_the_sdk(connect):
    reply = connect("steady").moderations.create(input=["Hello", "Why is the sea salty?"])
    assert [result.flagged for result in reply.results] == [False, False]
    assert reply.results[0].categories.self_harm_intent is False
