"""A connection that breaks costs nothing: the client comes back with the id of the last event that it saw."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from agent import runner
from agent.adapters.chat_model import ScriptedModel
from tests.acceptance.world import DOSE, HOMEWORK
from tests.unit.api.sse import Sse, events_of


def until_first_delta(url: str) -> list[Sse]:
    """Events of a new turn up to its first piece of text; then the connection is dropped."""
    lines: list[str] = []
    with httpx.stream("POST", f"{url}/v1/turns", json={"input": HOMEWORK, "stream": True}, timeout=20) as response:
        for line in response.iter_lines():
            lines.append(line)
            if line == "" and "event: message.delta" in lines:
                break
    return events_of("\n".join(lines))


def test_the_rest_of_a_running_turn_follows_without_gap_or_repeat(live):
    rest = asyncio.Event()
    server = live(model=ScriptedModel(["One. Two", rest, " and three."]))
    seen = until_first_delta(server.url)
    server.call(rest.set)
    turn_id = seen[0].id.rpartition(":")[0]
    again = httpx.get(f"{server.url}/v1/turns/{turn_id}/events", headers={"Last-Event-ID": seen[-1].id}, timeout=20)
    missed = events_of(again.text)
    assert [event.id for event in seen + missed] == [f"{turn_id}:{n}" for n in range(1, len(seen + missed) + 1)]
    assert missed[-1].name == "turn.completed"


def test_a_finished_turn_can_be_replayed_whole(live):
    server = live()
    whole = events_of(httpx.post(f"{server.url}/v1/turns", json={"input": DOSE, "stream": True}).text)
    turn_id = whole[0].id.rpartition(":")[0]
    assert events_of(httpx.get(f"{server.url}/v1/turns/{turn_id}/events").text) == whole


def test_a_client_that_does_not_come_back_frees_the_model(live, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(runner, "GRACE_S", 0.05)
    model = ScriptedModel(["One. Two", asyncio.Event()])
    server = live(model=model)
    until_first_delta(server.url)
    deadline = time.monotonic() + 5
    while model.running and time.monotonic() < deadline:
        time.sleep(0.02)
    assert model.running == 0


def test_a_client_that_leaves_without_streaming_frees_the_model_too(live, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(runner, "GRACE_S", 0.05)
    model = ScriptedModel(["One. Two", asyncio.Event()])
    server = live(model=model)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{server.url}/v1/turns", json={"input": HOMEWORK}, timeout=httpx.Timeout(5, read=0.5))
    deadline = time.monotonic() + 5
    while model.running and time.monotonic() < deadline:
        time.sleep(0.02)
    assert model.running == 0
