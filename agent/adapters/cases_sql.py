"""Cases in the database, and the events of their threads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import case as when
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.adapters.database import cause, storable, whole
from agent.cases import Case, CaseFilter, ThreadEvent, Waiting
from agent.errors import RecordsUnavailable

METADATA: Final = MetaData()
CASES: Final = Table(
    "cases",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("thread_id", String(100), nullable=False, index=True),
    Column("queue", String(40), nullable=False),
    Column("due_at", String(40), nullable=False),
    Column("resolved", Boolean, nullable=False),
    Column("told", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_cases_open", "resolved", "due_at"),
    Index("ix_cases_told", "told"),
)
THREAD_EVENTS: Final = Table(
    "thread_events",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("thread_id", String(100), nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_thread_events_thread", "tenant", "thread_id", "seq"),
)
OUTBOX: Final = Table(
    "webhook_outbox",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", String(40), nullable=False, index=True),
)
"""Events of threads that are to be told to a webhook, by ``seq``; see ``outbox_sql``."""


class SqlCases:
    """The cases in one table."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(read_only=True)

    @whole
    async def add(self, case: Case) -> None:
        """See ``agent.ports.Cases``."""
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(CASES).values(**_columns(case)))
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(error) from error

    @whole
    async def get(self, case_id: str, tenant: str | None = None) -> Case | None:
        """See ``agent.ports.Cases``."""
        if not storable(case_id):
            return None
        query = select(CASES.c.body).where(CASES.c.id == case_id)
        if tenant is not None:
            query = query.where(CASES.c.tenant == tenant)
        bodies = await self._bodies(query)
        return Case.model_validate_json(bodies[0]) if bodies else None

    @whole
    async def find(self, wanted: CaseFilter) -> list[Case]:
        """See ``agent.ports.Cases``."""
        if not storable(wanted.queue, wanted.thread_id):
            return []
        query = select(CASES.c.body).order_by(CASES.c.due_at, CASES.c.id).limit(wanted.limit)
        for column, value in (
            (CASES.c.tenant, wanted.tenant),
            (CASES.c.thread_id, wanted.thread_id),
            (CASES.c.queue, wanted.queue),
            (CASES.c.resolved, None if wanted.unresolved is None else not wanted.unresolved),
            (CASES.c.told, False if wanted.untold else None),
        ):
            if value is not None:
                query = query.where(column == value)
        return [Case.model_validate_json(body) for body in await self._bodies(query)]

    @whole
    async def replace(self, case: Case, event: ThreadEvent | None = None) -> bool:
        """See ``agent.ports.Cases``."""
        before = (CASES.c.id == case.id) & (CASES.c.version == case.version - 1)
        try:
            async with self._engine.begin() as connection:
                changed = await connection.execute(update(CASES).where(before).values(**_columns(case)))
                if not changed.rowcount:
                    return False
                if event is not None:
                    body = event.model_dump_json(exclude={"seq"})
                    values = {"tenant": event.tenant, "thread_id": event.thread_id, "body": body}
                    added = insert(THREAD_EVENTS).values(**values).returning(THREAD_EVENTS.c.seq)
                    seq = (await connection.execute(added)).scalar_one()
                    due_at = event.at.astimezone(UTC).isoformat()
                    await connection.execute(insert(OUTBOX).values(seq=seq, attempts=0, due_at=due_at))
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(error) from error
        return True

    @whole
    async def waiting(self, now: datetime, tenant: str | None = None) -> list[Waiting]:
        """See ``agent.ports.CaseLoad``."""
        late = func.sum(when((CASES.c.due_at < now.astimezone(UTC).isoformat(), 1), else_=0))
        query = select(CASES.c.queue, func.count().label("open"), late.label("late")).where(CASES.c.resolved.is_(False))
        if tenant is not None:
            query = query.where(CASES.c.tenant == tenant)
        try:
            async with self._reading.connect() as connection:
                rows = (await connection.execute(query.group_by(CASES.c.queue).order_by(CASES.c.queue))).mappings()
                return [Waiting(queue=row["queue"], open=row["open"], late=int(row["late"])) for row in rows]
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(error) from error

    @whole
    async def after(self, tenant: str, thread_id: str, seq: int) -> list[ThreadEvent]:
        """See ``agent.ports.ThreadEvents``."""
        query = (
            select(THREAD_EVENTS.c.seq, THREAD_EVENTS.c.body)
            .where(
                (THREAD_EVENTS.c.tenant == tenant)
                & (THREAD_EVENTS.c.thread_id == thread_id)
                & (THREAD_EVENTS.c.seq > seq)
            )
            .order_by(THREAD_EVENTS.c.seq)
        )
        try:
            async with self._reading.connect() as connection:
                rows = (await connection.execute(query)).all()
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(error) from error
        return [ThreadEvent.model_validate_json(row.body).model_copy(update={"seq": row.seq}) for row in rows]

    async def _bodies(self, query: Any) -> list[str]:
        try:
            async with self._reading.connect() as connection:
                return list((await connection.execute(query)).scalars())
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(error) from error


def _columns(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "tenant": case.tenant,
        "thread_id": case.thread_id,
        "queue": case.queue,
        "due_at": case.due_at.isoformat(),
        "resolved": case.resolution is not None,
        "told": case.told,
        "version": case.version,
        "body": case.model_dump_json(),
    }


def _unavailable(error: Exception) -> RecordsUnavailable:
    return RecordsUnavailable(f"the cases cannot be reached: {cause(error)}")
