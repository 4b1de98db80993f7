"""Records in the database.

One writer at a time extends the chain: the lock is taken before the last hash is read, so that neither two tasks nor two
processes can fork it. Records that wait for the writer are written together, in one transaction.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Integer, MetaData, String, Table, Text, delete, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.adapters.database import BUSY_S, SQLITE_PRAGMAS, cause, truncate_log
from agent.adapters.subject_keys_sql import SUBJECT_KEYS
from agent.audit import GENESIS, Entry, Mark, Marks, Record, Signer, SubjectKey, append
from agent.errors import RecordsUnavailable

METADATA: Final = MetaData()
RECORDS: Final = Table(
    "records",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("kind", String(16), nullable=False, index=True),
    Column("turn_id", String(64), nullable=False, index=True),
    Column("thread_id", String(64), nullable=False, index=True),
    Column("tenant", String(64), nullable=False, index=True),
    Column("subject", String(32), index=True),
    Column("at", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)
MARKS: Final = Table(
    "record_marks",
    METADATA,
    Column("what", String(16), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("signature", String(100), nullable=False),
)
_CHAIN_LOCK: Final = 0x48616E6463  # "Handc": one transaction at a time extends the chain


def _insert(table: Table) -> str:
    names = [column.name for column in table.columns]
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})"


_INSERT_RECORD: Final = _insert(RECORDS)
# A key that another record brought already stays as it is.
_INSERT_KEY: Final = f"{_insert(SUBJECT_KEYS)} ON CONFLICT DO NOTHING"
_SET_MARK: Final = (
    f"{_insert(MARKS)} ON CONFLICT (what) DO UPDATE SET "
    "seq = excluded.seq, hash = excluded.hash, key_id = excluded.key_id, signature = excluded.signature"
)
# The head and not the last record: after somebody has removed the end, the gap stays open and shows. The last record only
# where there is no head yet, in a database of the first release.
_HEAD: Final = "SELECT seq, hash FROM record_marks WHERE what = 'head'"
_LAST: Final = "SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1"


class _Waiting(NamedTuple):
    entry: Entry
    keys: tuple[SubjectKey, ...]
    written: asyncio.Future[Record]


class _Batch(NamedTuple):
    """What one transaction adds."""

    entries: tuple[Entry, ...]
    keys: tuple[SubjectKey, ...]

    def chained(self, last: tuple[int, str] | None, signer: Signer) -> tuple[list[Record], Mark]:
        """The entries as the records after ``last``, and the new head."""
        seq, prev_hash = last or (0, GENESIS)
        records: list[Record] = []
        for entry in self.entries:
            seq += 1
            records.append(append(entry, seq=seq, prev_hash=prev_hash))
            prev_hash = records[-1].hash
        return records, signer.mark("head", seq, prev_hash)


class SqlRecords:
    """The chain in one table. ``signer`` signs its head with every write."""

    def __init__(self, engine: AsyncEngine, signer: Signer) -> None:
        self._engine = engine
        self._signer = signer
        self._reading = engine.execution_options(read_only=True)
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None
        self._sqlite = _SqliteWriter(str(engine.url.database), signer) if engine.dialect.name == "sqlite" else None

    async def append(self, entry: Entry, keys: Sequence[SubjectKey] = ()) -> Record:
        """See ``agent.ports.Records``."""
        written: asyncio.Future[Record] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(entry, tuple(keys), written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_waiting(), name="records")
        return await written

    async def read(
        self,
        *,
        turn_id: str | None = None,
        subject: str | None = None,
        kind: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Record]:
        """See ``agent.ports.Records``."""
        query = select(RECORDS).where(RECORDS.c.seq > after).order_by(RECORDS.c.seq).limit(limit)
        for column, value in ((RECORDS.c.turn_id, turn_id), (RECORDS.c.subject, subject), (RECORDS.c.kind, kind)):
            if value is not None:
                query = query.where(column == value)
        try:
            async with self._reading.connect() as connection:
                rows = (await connection.execute(query)).mappings().all()
        except (SQLAlchemyError, OSError) as error:
            raise RecordsUnavailable(f"the records cannot be read: {cause(error)}") from error
        return [_record(dict(row)) for row in rows]

    async def marks(self) -> Marks:
        """See ``agent.ports.Records``."""
        try:
            async with self._reading.connect() as connection:
                rows = (await connection.execute(select(MARKS))).mappings().all()
        except (SQLAlchemyError, OSError) as error:
            raise RecordsUnavailable(f"the records cannot be read: {cause(error)}") from error
        found = {mark.what: mark for mark in (Mark.model_validate(dict(row)) for row in rows)}
        return Marks(head=found.get("head"), anchor=found.get("anchor"))

    async def forget(self, through: Mark) -> int:
        """See ``agent.ports.Records``."""
        try:
            async with self._engine.begin() as connection:
                await connection.execute(text(_SET_MARK), through.model_dump())
                gone = await connection.execute(delete(RECORDS).where(RECORDS.c.seq <= through.seq))
            await truncate_log(self._engine)
        except (SQLAlchemyError, OSError) as error:
            raise RecordsUnavailable(f"the records could not be removed: {cause(error)}") from error
        return int(gone.rowcount)

    async def close(self) -> None:
        """What was appended is written; the engine stays open."""
        if self._writing is not None:
            await self._writing
        if self._sqlite is not None:
            self._sqlite.close()

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                keys = dict.fromkeys(key for waiting in batch for key in waiting.keys)
                records = await self._write(_Batch(tuple(waiting.entry for waiting in batch), tuple(keys)))
            except (SQLAlchemyError, sqlite3.Error, OSError) as error:
                for waiting in batch:
                    failed = RecordsUnavailable(f"the record could not be written: {cause(error)}")
                    failed.__cause__ = error
                    _settle(waiting.written, failed)
            else:
                for waiting, record in zip(batch, records, strict=True):
                    _settle(waiting.written, record)
            finally:  # whatever else went wrong, nobody may be left waiting for a record that will not come
                for waiting in batch:
                    _settle(waiting.written, RecordsUnavailable("the record could not be written"))

    async def _write(self, batch: _Batch) -> list[Record]:
        if self._sqlite is not None:
            return await self._sqlite.write(batch)
        async with self._engine.begin() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_CHAIN_LOCK})")
            last = (await connection.execute(text(_HEAD))).first() or (await connection.execute(text(_LAST))).first()
            records, head = batch.chained((last.seq, last.hash) if last else None, self._signer)
            if batch.keys:
                await connection.execute(text(_INSERT_KEY), [key.model_dump() for key in batch.keys])
            await connection.execute(text(_INSERT_RECORD), [_columns(record) for record in records])
            await connection.execute(text(_SET_MARK), head.model_dump())
        return records


class _SqliteWriter:
    """Writes on a connection and in a thread of its own: one hop for a whole transaction, where the engine would take one
    for each statement (0.2 ms instead of 1.3). Both start with the first write."""

    def __init__(self, path: str, signer: Signer) -> None:
        self._path = path
        self._signer = signer
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="records")
        self._connection: sqlite3.Connection | None = None

    async def write(self, batch: _Batch) -> list[Record]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._write, batch)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._thread.submit(connection.close).result()
            self._thread.shutdown()

    def _write(self, batch: _Batch) -> list[Record]:
        connection = self._connection or self._connect()
        connection.execute("BEGIN IMMEDIATE")
        try:
            last = connection.execute(_HEAD).fetchone() or connection.execute(_LAST).fetchone()
            records, head = batch.chained(last, self._signer)
            connection.executemany(_INSERT_KEY, [key.model_dump() for key in batch.keys])
            connection.executemany(_INSERT_RECORD, [_columns(record) for record in records])
            connection.execute(_SET_MARK, head.model_dump())
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return records

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)
        self._connection = connection
        return connection


def _settle(future: asyncio.Future[Record], outcome: Record | RecordsUnavailable) -> None:
    if future.done():  # whoever waited was cancelled; the record stands all the same
        return
    if isinstance(outcome, Record):
        future.set_result(outcome)
    else:
        future.set_exception(outcome)


def _columns(record: Record) -> dict[str, Any]:
    body = json.dumps(record.body, sort_keys=True, ensure_ascii=False)
    return {
        "seq": record.seq,
        "kind": record.kind,
        "turn_id": record.turn_id,
        "thread_id": record.thread_id,
        "tenant": record.tenant,
        "subject": record.subject,
        "at": record.at.astimezone(UTC).isoformat(),
        "body": body,
        "prev_hash": record.prev_hash,
        "hash": record.hash,
    }


def _record(row: dict[str, Any]) -> Record:
    return Record.model_validate({**row, "at": datetime.fromisoformat(row["at"]), "body": json.loads(row["body"])})
