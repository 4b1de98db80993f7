"""Event ids, and streams that end when their reader does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from agent.events import MessageDelta, TurnEvent
from api.problems import Problem
from api.sse import closed_after, event_stream, seq_after


@pytest.mark.parametrize(
    ("value", "seq"), [(None, 0), ("", 0), ("turn_1:0", 0), ("turn_1:7", 7), ("turn_1:123456789", 123456789)]
)
def test_the_seq_of_an_event_id(value: str | None, seq: int) -> None:
    assert seq_after(value, "turn_1") == seq


@pytest.mark.parametrize("value", ["7", "turn_1:", "turn_2:7", "turn_1:1234567890"])
def test_other_ids_are_refused(value: str) -> None:
    with pytest.raises(Problem) as caught:
        seq_after(value, "turn_1")
    assert caught.value.status == 400


async def test_events_that_come_together_leave_in_one_piece() -> None:
    async def batches() -> AsyncIterator[list[TurnEvent]]:
        yield [TurnEvent("turn_1", n, MessageDelta(text=text)) for n, text in ((1, "a\nb"), (2, "ü"))]
        yield [TurnEvent("turn_1", 3, MessageDelta(text="c"))]

    pieces = [piece async for piece in event_stream(batches()).body_iterator]
    assert pieces == [
        'id: turn_1:1\r\nevent: message.delta\r\ndata: {"text":"a\\nb"}\r\n\r\n'
        'id: turn_1:2\r\nevent: message.delta\r\ndata: {"text":"ü"}\r\n\r\n'.encode(),
        b'id: turn_1:3\r\nevent: message.delta\r\ndata: {"text":"c"}\r\n\r\n',
    ]


async def test_a_stream_is_closed_with_its_reader() -> None:
    closed = []

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    stream = numbers()
    async with closed_after(stream):
        assert await anext(stream) == 1
        assert not closed
    assert closed
