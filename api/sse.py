"""The events of a turn as Server-Sent Events, and ``Last-Event-ID`` back again."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from sse_starlette import EventSourceResponse, ServerSentEvent

from agent.events import TurnEvent
from api.problems import Problem

PING_S: Final = 15
"""A comment is sent after this many silent seconds, so that proxies keep the connection."""

_EVENT_ID: Final = re.compile(r"(?P<turn_id>[A-Za-z0-9_-]{1,100}):(?P<seq>0|[1-9][0-9]{0,8})")

T = TypeVar("T")


def event_stream(batches: AsyncIterator[Sequence[TurnEvent]]) -> EventSourceResponse:
    """Every event with its id ``<turn_id>:<seq>``, its name and its JSON. A client that leaves closes ``batches``.

    Events that are there at the same time leave in one piece: a reply of thirty sentences is not thirty packets.
    """
    return EventSourceResponse(_encoded(batches), ping=PING_S)


async def _encoded(batches: AsyncIterator[Sequence[TurnEvent]]) -> AsyncIterator[bytes]:
    async with closed_after(batches):
        async for batch in batches:
            yield b"".join(_frame(event) for event in batch)


def _frame(event: TurnEvent) -> bytes:
    return ServerSentEvent(event.data.model_dump_json(), event=event.name, id=event.id).encode()


@asynccontextmanager
async def closed_after(events: AsyncIterator[T]) -> AsyncIterator[None]:
    """``events`` is closed at the end of the block, not whenever the garbage collector finds it: a turn whose reader is
    gone must learn of it at once."""
    try:
        yield
    finally:
        if isinstance(events, AsyncGenerator):
            await events.aclose()


def seq_after(last_event_id: str | None, turn_id: str) -> int:
    """The ``seq`` of the last event that the client saw; 0 when it names none.

    Raises:
        Problem: the id is malformed or belongs to another turn.
    """
    if last_event_id is None or last_event_id == "":
        return 0
    match = _EVENT_ID.fullmatch(last_event_id)
    shown = last_event_id[:80]
    if match is None:
        raise Problem(
            400,
            "invalid_last_event_id",
            f"`Last-Event-ID` is `{shown}`; expected `<turn_id>:<number>` as in the `id:` line of an event",
            title="Invalid Last-Event-ID",
        )
    if match["turn_id"] != turn_id:
        raise Problem(
            400,
            "invalid_last_event_id",
            f"`Last-Event-ID` `{shown}` is of another turn than `{turn_id[:80]}`",
            title="Invalid Last-Event-ID",
        )
    return int(match["seq"])
