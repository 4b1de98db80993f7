"""Answers to requests that may come again, in the database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Column, Delete, MetaData, String, Table, Text, Update, delete, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.adapters.database import cause, whole
from agent.errors import RecordsUnavailable
from agent.ports import KeptAnswer

METADATA: Final = MetaData()
ANSWERS: Final = Table(
    "idempotency_keys",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("answer", Text),
    Column("expires_at", String(40), nullable=False, index=True),
)
_CLAIM: Final = text(
    "INSERT INTO idempotency_keys (id, tenant, fingerprint, expires_at) "
    "VALUES (:id, :tenant, :fingerprint, :expires_at) ON CONFLICT (id) DO NOTHING"
)


class SqlAnswers:
    """The answers in one table. What has expired goes whenever a key is claimed."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @whole
    async def claim(self, key: str, tenant: str, fingerprint: str, now: datetime, until: datetime) -> KeptAnswer | None:
        """See ``agent.ports.AnswerStore``."""
        values = {"id": key, "tenant": tenant, "fingerprint": fingerprint, "expires_at": _time(until)}
        try:
            async with self._engine.begin() as connection:
                await connection.execute(delete(ANSWERS).where(ANSWERS.c.expires_at <= _time(now)))
                if (await connection.execute(_CLAIM, values)).rowcount:
                    return None
                row = (await connection.execute(select(ANSWERS).where(ANSWERS.c.id == key))).mappings().one()
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(error) from error
        return KeptAnswer(row["fingerprint"], row["answer"])

    @whole
    async def keep(self, key: str, answer: str, until: datetime) -> None:
        """See ``agent.ports.AnswerStore``."""
        await self._execute(update(ANSWERS).where(ANSWERS.c.id == key).values(answer=answer, expires_at=_time(until)))

    @whole
    async def drop(self, key: str) -> None:
        """See ``agent.ports.AnswerStore``."""
        await self._execute(delete(ANSWERS).where(ANSWERS.c.id == key))

    async def _execute(self, statement: Update | Delete) -> None:
        try:
            async with self._engine.begin() as connection:
                await connection.execute(statement)
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(error) from error


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _unavailable(error: Exception) -> RecordsUnavailable:
    return RecordsUnavailable(
        f"the answers that are kept for requests that come again cannot be reached: {cause(error)}"
    )
