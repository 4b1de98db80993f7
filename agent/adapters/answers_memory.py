"""Answers to requests that may come again, in memory: the twin for tests."""

from __future__ import annotations

from datetime import datetime

from agent.errors import RecordsUnavailable
from agent.ports import KeptAnswer


class MemoryAnswers:
    """Keeps them in a dict. ``fail`` makes every call fail, as a database that is down would."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[KeptAnswer, datetime]] = {}
        self.fail = False

    async def claim(self, key: str, tenant: str, fingerprint: str, now: datetime, until: datetime) -> KeptAnswer | None:
        """See ``agent.ports.AnswerStore``."""
        self._reach()
        self.kept = {name: (kept, end) for name, (kept, end) in self.kept.items() if end > now}
        if key in self.kept:
            return self.kept[key][0]
        self.kept[key] = (KeptAnswer(fingerprint, None), until)
        return None

    async def keep(self, key: str, answer: str, until: datetime) -> None:
        """See ``agent.ports.AnswerStore``."""
        self._reach()
        if key in self.kept:
            self.kept[key] = (self.kept[key][0]._replace(answer=answer), until)

    async def drop(self, key: str) -> None:
        """See ``agent.ports.AnswerStore``."""
        self._reach()
        self.kept.pop(key, None)

    def _reach(self) -> None:
        if self.fail:
            raise RecordsUnavailable("the answers cannot be reached: told to fail")
