"""``/v1/turns`` over a scripted service."""

from __future__ import annotations

import json

import httpx

from tests.unit.api.fakes import FakeService
from tests.unit.api.sse import events_of


async def test_a_turn_without_stream_is_one_result(client: httpx.AsyncClient, service: FakeService) -> None:
    response = await client.post(
        "/v1/turns", json={"input": "hello", "context": {"role": "clinician", "locale": "es-MX"}}
    )
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json()["text"] == "Hello there."
    assert service.runner.requests[0].context.role == "clinician"
    assert service.runner.requests[0].context.locale == "es-MX"


async def test_a_turn_with_stream_is_its_events_with_ids(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/turns", json={"input": "please decline", "stream": True})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    events = events_of(response.text)
    assert [event.id for event in events] == [f"turn_1:{n}" for n in range(1, len(events) + 1)]
    assert [event.name for event in events] == [
        "turn.started",
        "risk.assessed",
        "policy.decided",
        "message.delta",
        "message.delta",
        "message.completed",
        "turn.completed",
    ]
    pieces = [json.loads(event.data)["text"] for event in events if event.name == "message.delta"]
    completed = json.loads(next(event.data for event in events if event.name == "message.completed"))
    assert "".join(pieces) == completed["text"]


async def test_a_failed_turn_is_a_problem_with_the_sentence_for_the_person(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/turns", json={"input": "fail"})
    assert response.status_code == 504
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "timeout"
    assert response.json()["text"] == "Sorry."


async def test_a_failed_stream_ends_with_turn_failed(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/turns", json={"input": "fail late", "stream": True})
    assert response.status_code == 200
    assert events_of(response.text)[-1].name == "turn.failed"


async def test_replay_gives_what_came_after_the_last_event_id(client: httpx.AsyncClient) -> None:
    whole = events_of((await client.post("/v1/turns", json={"input": "hello", "stream": True})).text)
    again = await client.get("/v1/turns/turn_1/events", headers={"Last-Event-ID": whole[2].id})
    assert events_of(again.text) == whole[3:]


async def test_replay_without_last_event_id_starts_at_the_first_event(client: httpx.AsyncClient) -> None:
    whole = events_of((await client.post("/v1/turns", json={"input": "hello", "stream": True})).text)
    assert events_of((await client.get("/v1/turns/turn_1/events")).text) == whole


async def test_replay_of_an_unknown_turn_is_not_found(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/turns/turn_9/events")
    assert response.status_code == 404
    assert response.json()["code"] == "unknown_turn"


async def test_an_explanation_is_asked_for_by_a_flag(client: httpx.AsyncClient, service: FakeService) -> None:
    await client.post("/v1/turns", json={"input": "hello", "explain": True})
    await client.post("/v1/turns", json={"input": "hello"})
    assert [request.explain for request in service.runner.requests] == [True, False]
    wrong = await client.post("/v1/turns", json={"input": "hello", "explain": "yes"})
    assert wrong.status_code == 422
