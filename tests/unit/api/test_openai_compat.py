"""The OpenAI-compatible endpoint over a scripted service."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from agent.access import issue
from tests.unit.api.fakes import FakeService
from tests.unit.api.sse import events_of

URL = "/v1/chat/completions"


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


async def test_an_answer_stops(client: httpx.AsyncClient) -> None:
    body = (await client.post(URL, json={"model": "handrail", "messages": [user("hello")]})).json()
    assert body["object"] == "chat.completion"
    assert body["model"] == "handrail"
    choice = body["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert choice["message"] == {"role": "assistant", "content": "Hello there.", "refusal": None, "annotations": []}
    assert body["handrail"]["action"] == "answer"
    assert body["handrail"]["notices"] == []
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]


async def test_a_declined_request_is_a_content_filter_with_annotated_sources(client: httpx.AsyncClient) -> None:
    body = (await client.post(URL, json={"messages": [user("decline")]})).json()
    choice = body["choices"][0]
    text = choice["message"]["content"]
    assert choice["finish_reason"] == "content_filter"
    marks = []
    for annotation in choice["message"]["annotations"]:
        assert annotation["type"] == "url_citation"
        cited = annotation["url_citation"]
        marks.append((text[cited["start_index"] : cited["end_index"]], cited["url"], cited["title"]))
    assert marks == [
        ("[1]", "https://example.org/1", "Title 1 (Publisher)"),
        ("[2]", "https://example.org/2", "Title 2 (Publisher)"),
    ]
    assert body["handrail"]["alternative"]["next_steps"] == ["When to see a doctor?"]
    assert body["handrail"]["rationale"]["code"] == "dosing"


async def test_a_stream_has_role_pieces_reason_usage_and_done(client: httpx.AsyncClient) -> None:
    request = {"messages": [user("decline")], "stream": True, "stream_options": {"include_usage": True}}
    response = await client.post(URL, json=request)
    assert response.headers["content-type"].startswith("text/event-stream")
    events = events_of(response.text)
    assert events[-1].data == "[DONE]"
    chunks = [json.loads(event.data) for event in events[:-1]]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    *pieces, last, usage = chunks
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in pieces)
    assert text.startswith("I can't give a dose. Do this. [1]")
    assert last["choices"][0]["finish_reason"] == "content_filter"
    assert len(last["choices"][0]["delta"]["annotations"]) == 2
    assert last["handrail"]["action"] == "guide"
    assert usage["choices"] == []
    assert usage["usage"]["completion_tokens"] > 0


async def test_without_being_asked_a_stream_has_no_usage(client: httpx.AsyncClient) -> None:
    response = await client.post(URL, json={"messages": [user("hello")], "stream": True})
    chunks = [json.loads(event.data) for event in events_of(response.text)[:-1]]
    assert all("usage" not in chunk for chunk in chunks)


async def test_a_turn_that_fails_before_its_reply_is_an_error_status(client: httpx.AsyncClient) -> None:
    for stream in (True, False):
        response = await client.post(URL, json={"messages": [user("fail")], "stream": stream})
        assert response.status_code == 504
        error = response.json()["error"]
        assert error["code"] == "timeout"
        assert error["type"] == "server_error"
        assert error["handrail"]["text"] == "Sorry."


async def test_a_turn_that_fails_in_its_reply_is_an_error_in_the_stream(client: httpx.AsyncClient) -> None:
    response = await client.post(URL, json={"messages": [user("fail late")], "stream": True})
    assert response.status_code == 200
    events = events_of(response.text)
    assert json.loads(events[-2].data)["error"]["code"] == "timeout"
    assert events[-1].data == "[DONE]"


async def test_every_user_message_is_judged(client: httpx.AsyncClient, service: FakeService) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        user("first"),
        user([{"type": "text", "text": "second"}, {"type": "text", "text": "part"}]),
        assistant("noted"),
        {"role": "developer", "content": "In English."},
        user("third"),
        user("fourth"),
    ]
    await client.post(URL, json={"messages": messages})
    turn = service.runner.requests[0]
    assert turn.text == "third\nfourth"
    assert turn.history == ("first", "second\npart")
    assert turn.instructions == ("Be brief.", "In English.")
    assert turn.thread_id is None


async def test_who_asks_comes_from_the_handrail_field_only(client: httpx.AsyncClient, service: FakeService) -> None:
    messages = [{"role": "system", "content": "role: clinician"}, user("hello")]
    await client.post(URL, json={"messages": messages, "user": "clinician"})
    await client.post(URL, json={"messages": messages, "handrail": {"context": {"role": "clinician", "locale": "es"}}})
    assert service.runner.requests[0].context.role is None
    assert service.runner.requests[1].context.role == "clinician"


@pytest.mark.parametrize(("scopes", "trusted"), [("chat", False), ("chat,context:set", True)])
async def test_system_messages_are_orders_only_from_a_key_that_may_set_the_context(
    client: httpx.AsyncClient, service: FakeService, scopes: str, trusted: bool
) -> None:
    issued = issue("app", tenant="default", scopes=scopes.split(","), now=datetime.now(UTC))
    await service.keys.add(issued.key)
    messages = [{"role": "system", "content": "Be brief."}, user("hello")]
    response = await client.post(URL, json={"messages": messages}, headers={"Authorization": f"Bearer {issued.token}"})
    assert response.status_code == 200
    assert service.runner.requests[0].trusted is trusted


async def test_parameters_without_effect_are_named(client: httpx.AsyncClient) -> None:
    request = {
        "model": "gpt-4o",
        "messages": [user("hello")],
        "temperature": 0,
        "seed": 3,
        "max_tokens": 10**12,
        "user": "u",
        "n": 1,
        "stop": None,
    }
    notices = (await client.post(URL, json=request)).json()["handrail"]["notices"]
    assert [notice["code"] for notice in notices] == ["model_substituted", *["ignored_parameter"] * 3]
    assert [notice["detail"] for notice in notices[1:]] == [
        f"`{name}` has no effect" for name in ("max_tokens", "seed", "temperature")
    ]


@pytest.mark.parametrize(
    ("extra", "param", "code"),
    [
        ({"n": 2}, "n", "unsupported_parameter"),
        ({"tools": [{"type": "function"}]}, "tools", "unsupported_parameter"),
        ({"functions": [{}]}, "functions", "unsupported_parameter"),
        ({"logprobs": True}, "logprobs", "unsupported_parameter"),
        ({"top_logprobs": 2}, "top_logprobs", "unsupported_parameter"),
        ({"audio": {"voice": "alloy"}}, "audio", "unsupported_parameter"),
        ({"modalities": ["text", "audio"]}, "modalities", "unsupported_parameter"),
        ({"response_format": {"type": "json_object"}}, "response_format", "unsupported_parameter"),
        ({"messages": []}, "messages", "invalid_request"),
        ({"messages": "hello"}, "messages", "invalid_request"),
        ({"messages": [{"content": "hello"}]}, "messages.0.role", "invalid_request"),
        ({"messages": [assistant("hello")]}, "messages", "no_user_message"),
        ({"messages": [user("a"), assistant("hello")]}, "messages", "no_user_message"),
        ({"messages": [{"role": "tool", "content": "x"}, user("a")]}, "messages.0.role", "unsupported_role"),
        ({"messages": [user(None)]}, "messages.0.content", "invalid_content"),
        ({"messages": [user([3])]}, "messages.0.content.0", "invalid_content"),
        ({"messages": [user([{"type": "text"}])]}, "messages.0.content.0.text", "invalid_content"),
        (
            {"messages": [user([{"type": "video_url", "video_url": {"url": "data:"}}])]},
            "messages.0.content.0.type",
            "unsupported_content_part",
        ),
        ({"handrail": {"contxt": {}}}, "handrail.contxt", "invalid_request"),
        ({"handrail": {"context": {"role": 3}}}, "handrail.context.role", "invalid_request"),
    ],
)
async def test_what_cannot_be_done_is_refused_in_openais_shape(
    client: httpx.AsyncClient, extra: dict[str, Any], param: str, code: str
) -> None:
    response = await client.post(URL, json={"messages": [user("hello")], **extra})
    assert response.status_code in (400, 422)
    error = response.json()["error"]
    assert error["param"] == param
    assert error["code"] == code
    assert error["type"] == "invalid_request_error"
    assert error["message"]


@pytest.mark.parametrize("harmless", [{"tools": []}, {"logprobs": False}, {"response_format": {"type": "text"}}])
async def test_defaults_that_clients_send_are_accepted(client: httpx.AsyncClient, harmless: dict[str, Any]) -> None:
    response = await client.post(URL, json={"messages": [user("hello")], **harmless})
    assert response.status_code == 200


async def test_errors_of_the_router_have_openais_shape_too(client: httpx.AsyncClient) -> None:
    assert (await client.get(URL)).json()["error"]["code"] == "method_not_allowed"
    assert (await client.post(URL, content=b"{", headers={"Content-Type": "application/json"})).json()["error"][
        "code"
    ] == "invalid_json"
    assert (await client.post(URL, json={"messages": [user("  ")]})).json()["error"]["code"] == "empty_input"
    assert (await client.post(URL, json={"messages": [user("crash")]})).json()["error"]["code"] == "internal_error"


async def test_models(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/v1/models")).json()
    assert [model["id"] for model in listed["data"]] == ["handrail"]
    assert (await client.get("/v1/models/handrail")).json()["owned_by"] == "handrail"
    missing = await client.get("/v1/models/gpt-4o")
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "model_not_found"
