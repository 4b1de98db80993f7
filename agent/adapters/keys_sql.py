"""API keys in the database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Column, MetaData, RowMapping, String, Table, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.access import ApiKey
from agent.adapters.database import cause, whole
from agent.errors import RecordsUnavailable

METADATA: Final = MetaData()
API_KEYS: Final = Table(
    "api_keys",
    METADATA,
    Column("id", String(12), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("tenant", String(64), nullable=False),
    Column("scopes", String(200), nullable=False),
    Column("secret_hash", String(200), nullable=False),
    Column("rate_limit", String(64)),
    Column("created_at", String(40), nullable=False),
    Column("expires_at", String(40)),
    Column("revoked_at", String(40)),
)


class SqlKeys:
    """The keys in one table."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(read_only=True)

    @whole
    async def add(self, key: ApiKey) -> None:
        """See ``agent.ports.Keys``."""
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(API_KEYS).values(**_columns(key)))
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(error) from error

    @whole
    async def get(self, key_id: str) -> ApiKey | None:
        """See ``agent.ports.Keys``."""
        try:
            async with self._reading.connect() as connection:
                row = (await connection.execute(select(API_KEYS).where(API_KEYS.c.id == key_id))).mappings().first()
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(error) from error
        return _key(row) if row else None

    @whole
    async def all(self) -> list[ApiKey]:
        """See ``agent.ports.Keys``."""
        query = select(API_KEYS).order_by(API_KEYS.c.created_at, API_KEYS.c.id)
        try:
            async with self._reading.connect() as connection:
                rows = (await connection.execute(query)).mappings().all()
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(error) from error
        return [_key(row) for row in rows]

    @whole
    async def expire(self, key_id: str, at: datetime, *, revoke: bool) -> bool:
        """See ``agent.ports.Keys``."""
        until = at.astimezone(UTC).isoformat()
        ending = API_KEYS.c.revoked_at if revoke else API_KEYS.c.expires_at
        change = update(API_KEYS).where(
            API_KEYS.c.id == key_id,
            API_KEYS.c.revoked_at.is_(None) | (API_KEYS.c.revoked_at > until),
            API_KEYS.c.expires_at.is_(None) | (API_KEYS.c.expires_at > until),
        )
        try:
            async with self._engine.begin() as connection:
                changed = await connection.execute(change.values({ending: until}))
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(error) from error
        return bool(changed.rowcount)


def _columns(key: ApiKey) -> dict[str, Any]:
    values = {name: _time(value) if isinstance(value, datetime) else value for name, value in key}
    return {**values, "scopes": " ".join(key.scopes)}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _key(row: RowMapping) -> ApiKey:
    return ApiKey.model_validate({**row, "scopes": row["scopes"].split()})


def _unavailable(error: Exception) -> RecordsUnavailable:
    return RecordsUnavailable(f"the keys cannot be reached: {cause(error)}")
