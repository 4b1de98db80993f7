"""Cases in memory: the twin for tests."""

from __future__ import annotations

from datetime import datetime

from agent.cases import Case, CaseFilter, ThreadEvent, Waiting
from agent.errors import RecordsUnavailable


class MemoryCases:
    """Keeps the cases in a dict. ``fail`` makes every call fail, as a database that is down would."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.events: list[ThreadEvent] = []
        self.fail = False

    async def add(self, case: Case) -> None:
        """See ``agent.ports.Cases``."""
        self._reach()
        self.cases[case.id] = case

    async def get(self, case_id: str, tenant: str | None = None) -> Case | None:
        """See ``agent.ports.Cases``."""
        self._reach()
        case = self.cases.get(case_id)
        return case if case is not None and tenant in (None, case.tenant) else None

    async def find(self, wanted: CaseFilter) -> list[Case]:
        """See ``agent.ports.Cases``."""
        self._reach()
        found = [
            case
            for case in self.cases.values()
            if wanted.tenant in (None, case.tenant)
            and wanted.thread_id in (None, case.thread_id)
            and wanted.queue in (None, case.queue)
            and wanted.unresolved in (None, case.resolution is None)
            and not (wanted.untold and case.told)
        ]
        return sorted(found, key=lambda case: (case.due_at, case.id))[: wanted.limit]

    async def replace(self, case: Case, event: ThreadEvent | None = None) -> bool:
        """See ``agent.ports.Cases``."""
        self._reach()
        if case.id not in self.cases or self.cases[case.id].version != case.version - 1:
            return False
        self.cases[case.id] = case
        if event is not None:
            self.events.append(event.model_copy(update={"seq": len(self.events) + 1}))
        return True

    async def waiting(self, now: datetime, tenant: str | None = None) -> list[Waiting]:
        """See ``agent.ports.CaseLoad``."""
        self._reach()
        found = [c for c in self.cases.values() if c.resolution is None and tenant in (None, c.tenant)]
        return [
            Waiting(
                queue=queue,
                open=sum(c.queue == queue for c in found),
                late=sum(c.queue == queue and c.due_at < now for c in found),
            )
            for queue in sorted({c.queue for c in found})
        ]

    async def after(self, tenant: str, thread_id: str, seq: int) -> list[ThreadEvent]:
        """See ``agent.ports.ThreadEvents``."""
        self._reach()
        return [e for e in self.events if (e.tenant, e.thread_id) == (tenant, thread_id) and e.seq > seq]

    def _reach(self) -> None:
        if self.fail:
            raise RecordsUnavailable("the cases cannot be reached: told to fail")
