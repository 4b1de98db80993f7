"""Records in SQLite through SQLAlchemy.

One writer at a time extends the chain: ``BEGIN IMMEDIATE`` takes the write lock before the last hash is read, so that two
processes on one file cannot fork it.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Integer, String, Text, event, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from agent.audit import GENESIS, Entry, Record, append
from agent.errors import RecordsUnavailable


class Base(DeclarativeBase):
    """Tables of the records."""


class Row(Base):
    """One record."""

    __tablename__ = "records"

    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), index=True)
    turn_id: Mapped[str] = mapped_column(String(64), index=True)
    thread_id: Mapped[str] = mapped_column(String(64), index=True)
    tenant: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class SqlRecords:
    """The chain in one SQLite file."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._lock = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path) -> SqlRecords:
        """The records at this path, created when missing.

        Raises:
            RecordsUnavailable: the file cannot be opened or created.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordsUnavailable(f"the records at `{path}` cannot be opened: {_cause(error)}") from error
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}", connect_args={"timeout": 5})
        event.listen(engine.sync_engine, "connect", _configure)
        try:
            async with engine.begin() as connection:
                await connection.run_sync(Base.metadata.create_all)
        except SQLAlchemyError as error:
            await engine.dispose()
            raise RecordsUnavailable(f"the records at `{path}` cannot be opened: {_cause(error)}") from error
        return cls(engine)

    async def append(self, entry: Entry) -> Record:
        """See ``agent.ports.Records``."""
        async with self._lock:
            try:
                async with self._engine.connect() as connection:
                    await connection.execute(text("BEGIN IMMEDIATE"))
                    last = (
                        await connection.execute(select(Row.seq, Row.hash).order_by(Row.seq.desc()).limit(1))
                    ).first()
                    seq, prev = (last.seq + 1, last.hash) if last else (1, GENESIS)
                    record = append(entry, seq=seq, prev_hash=prev)
                    await connection.execute(insert(Row).values(**_columns(record)))
                    await connection.commit()
            except (SQLAlchemyError, OSError) as error:
                raise RecordsUnavailable(f"the record could not be written: {_cause(error)}") from error
        return record

    async def read(self, *, turn_id: str | None = None, limit: int | None = None) -> list[Record]:
        """See ``agent.ports.Records``."""
        query = select(Row).order_by(Row.seq).limit(limit)
        if turn_id is not None:
            query = query.where(Row.turn_id == turn_id)
        try:
            async with self._engine.connect() as connection:
                rows = (await connection.execute(query)).mappings().all()
        except SQLAlchemyError as error:
            raise RecordsUnavailable(f"the records cannot be read: {_cause(error)}") from error
        return [_record(dict(row)) for row in rows]

    async def close(self) -> None:
        """The file is closed."""
        await self._engine.dispose()


def _configure(connection: Any, _: object) -> None:
    # The driver would open transactions by itself and too late; we say BEGIN IMMEDIATE ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()


def _columns(record: Record) -> dict[str, Any]:
    body = json.dumps(record.body, sort_keys=True, ensure_ascii=False)
    return {**record.model_dump(exclude={"at", "body"}), "at": record.at.astimezone(UTC).isoformat(), "body": body}


def _record(row: dict[str, Any]) -> Record:
    return Record.model_validate({**row, "at": datetime.fromisoformat(row["at"]), "body": json.loads(row["body"])})


def _cause(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
