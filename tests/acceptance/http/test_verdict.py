"""Somebody in danger is handed to a person, who answers: the answer is heard live and belongs to the conversation."""

from __future__ import annotations

import json
import threading
import time

import httpx

from tests.acceptance.world import CRISIS, HOMEWORK


def hear(url: str, heard: list[dict[str, str]], after: str | None = None) -> None:
    """The first event of the stream, with its id."""
    headers = {"Last-Event-ID": after} if after else {}
    with httpx.stream("GET", url, headers=headers, timeout=20) as response:
        event: dict[str, str] = {}
        for line in response.iter_lines():
            name, _, value = line.partition(": ")
            event[name] = value
            if name == "data":
                heard.append(
                    {**json.loads(value), "id": event["id"], "event": event["event"], "at": str(time.monotonic())}
                )
                return


def test_a_verdict_is_heard_live_and_is_part_of_the_conversation(live):
    server = live()
    turn = httpx.post(f"{server.url}/v1/turns", json={"input": CRISIS}).json()
    events = f"{server.url}/v1/threads/{turn['thread_id']}/events"
    heard: list[dict[str, str]] = []
    listener = threading.Thread(target=hear, args=(events, heard))
    listener.start()

    case = f"{server.url}/v1/cases/{turn['case_id']}"
    assert httpx.get(case).json()["context"] == CRISIS
    assert httpx.post(f"{case}/claim").json()["state"] == "claimed"
    started = time.monotonic()
    verdict = {"resolution": "answered", "text": "I am here. Shall we call somebody together?"}
    assert httpx.post(f"{case}/resolve", json=verdict).status_code == 200
    listener.join(10)
    assert heard[0]["event"] == "case.resolved"
    assert heard[0]["text"].endswith(verdict["text"])
    assert float(heard[0]["at"]) - started < 5

    again: list[dict[str, str]] = []
    hear(events, again, after=f"{turn['thread_id']}:0")
    assert again[0]["id"] == heard[0]["id"]

    follow = httpx.post(f"{server.url}/v1/turns", json={"input": HOMEWORK, "thread_id": turn["thread_id"]})
    assert follow.status_code == 200
    messages = server.ask(
        server.world.graph.aget_state({"configurable": {"thread_id": f"default/{turn['thread_id']}"}})
    )
    texts = [message.text for message in messages.values["messages"]]
    assert [text.endswith(verdict["text"]) for text in texts] == [False, False, True, False, False]


def test_events_of_a_thread_that_is_not_there(live):
    response = httpx.get(f"{live().url}/v1/threads/thread_0/events")
    assert (response.status_code, response.json()["code"]) == (404, "unknown_thread")
