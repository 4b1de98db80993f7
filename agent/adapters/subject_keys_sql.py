"""The keys of persons' texts, in the database beside the records."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Column, Index, MetaData, String, Table, delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.adapters.database import cause, truncate_log, whole
from agent.audit import SubjectKey
from agent.errors import RecordsUnavailable

METADATA: Final = MetaData()
SUBJECT_KEYS: Final = Table(
    "subject_keys",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("subject", String(32), nullable=False),
    Column("wrapped", String(200), nullable=False),
    Index("ix_subject_keys_subject", "tenant", "subject"),
)


class SqlSubjectKeys:
    """The keys in one table; ``SqlRecords`` adds to it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(read_only=True)

    @whole
    async def find(self, tenant: str, subject: str) -> SubjectKey | None:
        """See ``agent.ports.SubjectKeys``."""
        of_person = (SUBJECT_KEYS.c.tenant == tenant) & (SUBJECT_KEYS.c.subject == subject)
        return await self._first(select(SUBJECT_KEYS).where(of_person).order_by(SUBJECT_KEYS.c.id).limit(1))

    @whole
    async def get(self, key_id: str) -> SubjectKey | None:
        """See ``agent.ports.SubjectKeys``."""
        return await self._first(select(SUBJECT_KEYS).where(SUBJECT_KEYS.c.id == key_id))

    @whole
    async def destroy(self, tenant: str, subject: str) -> int:
        """See ``agent.ports.SubjectKeys``."""
        of_person = (SUBJECT_KEYS.c.tenant == tenant) & (SUBJECT_KEYS.c.subject == subject)
        try:
            async with self._engine.begin() as connection:
                gone = await connection.execute(delete(SUBJECT_KEYS).where(of_person))
            await truncate_log(self._engine)
        except (SQLAlchemyError, OSError) as error:
            raise RecordsUnavailable(f"the keys of persons cannot be reached: {cause(error)}") from error
        return int(gone.rowcount)

    async def _first(self, query: Any) -> SubjectKey | None:
        try:
            async with self._reading.connect() as connection:
                row = (await connection.execute(query)).mappings().first()
        except (SQLAlchemyError, OSError) as error:
            raise RecordsUnavailable(f"the keys of persons cannot be reached: {cause(error)}") from error
        return SubjectKey.model_validate(dict(row)) if row else None
