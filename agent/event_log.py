"""The events of recent turns, for the client that streams them and for the one that comes back for what it missed."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from agent.events import Event, TurnEvent

MAX_TURNS = 2_000
"""Turns kept at most; the oldest finished ones go first."""


class TurnLog:
    """The growing list of events of one turn. Readers get every event once, in order, from any starting point."""

    def __init__(self, turn_id: str, tenant: str) -> None:
        self.turn_id = turn_id
        self.tenant = tenant
        self.events: list[TurnEvent] = []
        self.finished_at: float | None = None
        self.readers = 0
        self._grown = asyncio.Event()

    def append(self, data: Event) -> None:
        """Add an event; its ``seq`` follows the last one."""
        self.events.append(TurnEvent(turn_id=self.turn_id, seq=len(self.events) + 1, data=data))
        self._wake()

    def finish(self) -> None:
        """No more events will come; readers end after the last one."""
        self.finished_at = time.monotonic()
        self._wake()

    async def read(self, after: int, on_abandoned: Callable[[], None] | None = None) -> AsyncGenerator[TurnEvent, None]:
        """Events with ``seq > after`` until the turn is finished. ``on_abandoned`` is called when the last reader of an
        unfinished turn leaves."""
        async with aclosing(self.batches(after, on_abandoned)) as batches:
            async for batch in batches:
                for event in batch:
                    yield event

    async def batches(
        self, after: int, on_abandoned: Callable[[], None] | None = None
    ) -> AsyncGenerator[Sequence[TurnEvent], None]:
        """The same, as many at a time as there are: a reader that can send them together need not send them one by one."""
        self.readers += 1
        try:
            position = after
            while True:
                grown = self._grown
                while batch := self.events[position:]:
                    position += len(batch)
                    yield batch
                if self.finished_at is not None:
                    return
                await grown.wait()
        finally:
            self.readers -= 1
            if self.readers == 0 and self.finished_at is None and on_abandoned is not None:
                on_abandoned()

    def _wake(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()


class EventLog:
    """Turn logs by id, for ``keep_s`` seconds after a turn is finished."""

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        self._turns: OrderedDict[str, TurnLog] = OrderedDict()

    def open(self, turn_id: str, tenant: str) -> TurnLog:
        """A new, empty log."""
        log = self._turns[turn_id] = TurnLog(turn_id, tenant)
        self._evict()
        return log

    def get(self, turn_id: str) -> TurnLog | None:
        """The log of this turn, or ``None`` when it is unknown or no longer kept."""
        log = self._turns.get(turn_id)
        return None if log is None or self._is_over(log) else log

    def _evict(self) -> None:
        """Drop finished turns, the oldest first, until one is met that is still kept: no turn pays for all the others."""
        gone: list[str] = []
        for turn_id, log in self._turns.items():
            if log.finished_at is None:
                continue
            if not self._is_over(log) and len(self._turns) - len(gone) <= MAX_TURNS:
                break
            gone.append(turn_id)
        for turn_id in gone:
            del self._turns[turn_id]

    def _is_over(self, log: TurnLog) -> bool:
        return log.finished_at is not None and log.finished_at < time.monotonic() - self._keep_s
