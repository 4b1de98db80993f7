"""Webhooks to send, over cases in memory: the twin for tests."""

from __future__ import annotations

from datetime import datetime

from agent.adapters.cases_memory import MemoryCases
from agent.ports import Outgoing


class MemoryOutbox:
    """Every event of the cases, until it is done."""

    def __init__(self, cases: MemoryCases) -> None:
        self._cases = cases
        self._tries: dict[int, tuple[int, datetime]] = {}
        self._done: set[int] = set()

    async def due(self, now: datetime, limit: int) -> list[Outgoing]:
        """See ``agent.ports.Outbox``."""
        waiting = []
        for event in self._cases.events:
            attempts, due_at = self._tries.get(event.seq, (0, event.at))
            if event.seq not in self._done and due_at <= now:
                waiting.append((due_at, event.seq, Outgoing(event, attempts)))
        return [outgoing for _, _, outgoing in sorted(waiting)][:limit]

    async def take(self, outgoing: Outgoing, until: datetime) -> bool:
        """See ``agent.ports.Outbox``."""
        seq = outgoing.event.seq
        attempts, _ = self._tries.get(seq, (0, outgoing.event.at))
        if seq in self._done or attempts != outgoing.attempts:
            return False
        self._tries[seq] = (attempts + 1, until)
        return True

    async def done(self, seq: int) -> None:
        """See ``agent.ports.Outbox``."""
        self._done.add(seq)
