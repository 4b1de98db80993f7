"""Webhooks that are to be sent, in the database: a row for each event of a thread until it is delivered or given up."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Delete, Update, delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.adapters.cases_sql import OUTBOX, THREAD_EVENTS
from agent.adapters.database import cause, whole
from agent.cases import ThreadEvent
from agent.errors import RecordsUnavailable
from agent.ports import Outgoing


class SqlOutbox:
    """The outbox in one table; ``SqlCases`` adds to it in the transaction that stores the event."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(read_only=True)

    @whole
    async def due(self, now: datetime, limit: int) -> list[Outgoing]:
        """See ``agent.ports.Outbox``."""
        query = (
            select(OUTBOX.c.seq, OUTBOX.c.attempts, THREAD_EVENTS.c.body)
            .join(THREAD_EVENTS, THREAD_EVENTS.c.seq == OUTBOX.c.seq)
            .where(OUTBOX.c.due_at <= _time(now))
            .order_by(OUTBOX.c.due_at, OUTBOX.c.seq)
            .limit(limit)
        )
        try:
            async with self._reading.connect() as connection:
                rows = (await connection.execute(query)).all()
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(error) from error
        return [
            Outgoing(ThreadEvent.model_validate_json(row.body).model_copy(update={"seq": row.seq}), row.attempts)
            for row in rows
        ]

    @whole
    async def take(self, outgoing: Outgoing, until: datetime) -> bool:
        """See ``agent.ports.Outbox``."""
        mine = (OUTBOX.c.seq == outgoing.event.seq) & (OUTBOX.c.attempts == outgoing.attempts)
        return await self._changed(
            update(OUTBOX).where(mine).values(attempts=outgoing.attempts + 1, due_at=_time(until))
        )

    @whole
    async def done(self, seq: int) -> None:
        """See ``agent.ports.Outbox``."""
        await self._changed(delete(OUTBOX).where(OUTBOX.c.seq == seq))

    async def _changed(self, statement: Update | Delete) -> bool:
        try:
            async with self._engine.begin() as connection:
                return bool((await connection.execute(statement)).rowcount)
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(error) from error


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _unavailable(error: Exception) -> RecordsUnavailable:
    return RecordsUnavailable(f"the webhooks to send cannot be reached: {cause(error)}")
