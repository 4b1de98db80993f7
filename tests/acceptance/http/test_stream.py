"""A streaming turn: the decision is on the wire at once, text as soon as it is checked, the result last."""

from __future__ import annotations

import asyncio
import json

import httpx

from agent.adapters.chat_model import ScriptedModel
from tests.acceptance.world import DOSE, HOMEWORK
from tests.unit.api.sse import events_of


def test_a_declined_request_arrives_as_decision_reason_and_cited_alternative(live):
    response = httpx.post(f"{live().url}/v1/turns", json={"input": DOSE, "stream": True})
    events = events_of(response.text)
    names = [event.name for event in events]
    assert names[:4] == ["turn.started", "risk.assessed", "policy.decided", "retrieval.completed"]
    assert names[-2:] == ["message.completed", "turn.completed"]
    assert set(names[4:-2]) == {"message.delta"}
    turn_id = json.loads(events[0].data)["turn_id"]
    assert [event.id for event in events] == [f"{turn_id}:{n}" for n in range(1, len(events) + 1)]
    result = json.loads(events[-1].data)["result"]
    assert result["action"] == "guide"
    assert result["rationale"]["reason"]
    assert len(result["citations"]) >= 2
    pieces = [json.loads(event.data)["text"] for event in events if event.name == "message.delta"]
    assert "".join(pieces) == result["text"]


def test_text_leaves_while_the_model_is_still_writing(live):
    rest = asyncio.Event()
    server = live(model=ScriptedModel(["Paris is the capital. It", rest, " lies on the Seine."]))
    seen: list[str] = []
    with httpx.stream(
        "POST", f"{server.url}/v1/turns", json={"input": HOMEWORK, "stream": True}, timeout=20
    ) as response:
        for line in response.iter_lines():
            if line.startswith("event: "):
                seen.append(line.removeprefix("event: "))
            if seen[-1:] == ["message.delta"] and line.startswith("data: "):
                server.call(rest.set)  # without the first delta on the wire, the model would wait for ever
    assert seen.count("message.delta") >= 2
    assert seen[-1] == "turn.completed"


def test_the_same_turn_without_stream_is_one_result(live):
    server = live()
    result = httpx.post(f"{server.url}/v1/turns", json={"input": DOSE}).json()
    streamed = httpx.post(f"{server.url}/v1/turns", json={"input": DOSE, "stream": True})
    other = json.loads(events_of(streamed.text)[-1].data)["result"]
    for ours in ("turn_id", "thread_id", "timings_ms"):
        result.pop(ours)
        other.pop(ours)
    assert result == other


def test_a_thread_goes_on(live):
    server = live()
    first = httpx.post(f"{server.url}/v1/turns", json={"input": DOSE}).json()
    second = httpx.post(f"{server.url}/v1/turns", json={"input": HOMEWORK, "thread_id": first["thread_id"]}).json()
    assert second["thread_id"] == first["thread_id"]
    assert [turn.text for turn in server.world.judge.seen[-1][1]] == [DOSE]
