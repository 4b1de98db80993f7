"""Records in the database.

One writer at a time extends the chain: the lock is taken before the last hash is read, so that neither two tasks nor two
processes can fork it. Records that came while it wrote are written together, in one transaction.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Integer, MetaData, String, Table, Text, delete, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.adapters.database import BUSY_S, SQLITE_PRAGMAS, cause, storable, truncate_log, whole
from agent.adapters.subject_keys_sql import SUBJECT_KEYS
from agent.audit import GENESIS, Entry, Mark, Marks, Record, Signer, SubjectKey, append, body_text
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
    """A record to be written, and who waits for it."""

    entry: Entry
    body: str
    keys: tuple[SubjectKey, ...]
    written: asyncio.Future[Record]


class _Rows(NamedTuple):
    """What one transaction adds."""

    records: list[Record]
    columns: list[dict[str, Any]]
    keys: list[dict[str, Any]]
    head: dict[str, Any]


def _rows(batch: Sequence[_Waiting], last: tuple[int, str] | None, signer: Signer) -> _Rows:
    """The entries as the records after ``last``, and the new head."""
    seq, prev_hash = last or (0, GENESIS)
    records: list[Record] = []
    for waiting in batch:
        seq += 1
        records.append(append(waiting.entry, seq=seq, prev_hash=prev_hash, body=waiting.body))
        prev_hash = records[-1].hash
    return _Rows(
        records=records,
        columns=[_columns(record, waiting.body) for record, waiting in zip(records, batch, strict=True)],
        keys=[key.model_dump() for key in dict.fromkeys(key for waiting in batch for key in waiting.keys)],
        head=signer.mark("head", seq, prev_hash).model_dump(),
    )


class SqlRecords:
    """The chain in one table. ``signer`` signs its head with every write."""

    def __init__(self, engine: AsyncEngine, signer: Signer) -> None:
        self._engine = engine
        self._reading = engine.execution_options(read_only=True)
        self._writer: _ThreadWriter | _EngineWriter = (
            _ThreadWriter(str(engine.url.database), signer)
            if engine.dialect.name == "sqlite"
            else _EngineWriter(engine, signer)
        )

    async def append(self, entry: Entry, keys: Sequence[SubjectKey] = ()) -> Record:
        """See ``agent.ports.Records``."""
        written: asyncio.Future[Record] = asyncio.get_running_loop().create_future()
        self._writer.add(_Waiting(entry, body_text(entry.body), tuple(keys), written))
        return await written

    @whole
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
        if not storable(turn_id, subject, kind):
            return []
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

    @whole
    async def marks(self) -> Marks:
        """See ``agent.ports.Records``."""
        try:
            async with self._reading.connect() as connection:
                rows = (await connection.execute(select(MARKS))).mappings().all()
        except (SQLAlchemyError, OSError) as error:
            raise RecordsUnavailable(f"the records cannot be read: {cause(error)}") from error
        found = {mark.what: mark for mark in (Mark.model_validate(dict(row)) for row in rows)}
        return Marks(head=found.get("head"), anchor=found.get("anchor"))

    @whole
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
        await self._writer.close()


class _EngineWriter:
    """Writes on connections of the engine, in a task that ends when nothing waits."""

    def __init__(self, engine: AsyncEngine, signer: Signer) -> None:
        self._engine = engine
        self._signer = signer
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    def add(self, waiting: _Waiting) -> None:
        """It is written after what came before it."""
        self._waiting.append(waiting)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_waiting(), name="records")

    async def close(self) -> None:
        """What was added is written."""
        if self._writing is not None:
            await self._writing

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                _settle(batch, await self._write(batch))
            except (SQLAlchemyError, OSError) as error:
                _settle(batch, error)
            finally:  # whatever else went wrong, nobody may be left waiting for a record that will not come
                _settle(batch, RuntimeError("the writer ended"))

    async def _write(self, batch: Sequence[_Waiting]) -> list[Record]:
        async with self._engine.begin() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_CHAIN_LOCK})")
            last = (await connection.execute(text(_HEAD))).first() or (await connection.execute(text(_LAST))).first()
            rows = _rows(batch, (last.seq, last.hash) if last else None, self._signer)
            if rows.keys:
                await connection.execute(text(_INSERT_KEY), rows.keys)
            await connection.execute(text(_INSERT_RECORD), rows.columns)
            await connection.execute(text(_SET_MARK), rows.head)
        return rows.records


class _ThreadWriter:
    """Writes into SQLite on a connection and in a thread of its own, which start with the first record: one hop for a whole
    transaction, where the engine would take one for each statement."""

    def __init__(self, path: str, signer: Signer) -> None:
        self._path = path
        self._signer = signer
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread: Thread | None = None

    def add(self, waiting: _Waiting) -> None:
        """It is written after what came before it."""
        if self._thread is None:
            self._waiting = SimpleQueue()
            # A service that is killed does not wait for it either: what is under way is written whole or not at all.
            self._thread = Thread(target=self._write_all, args=(self._waiting,), name="records", daemon=True)
            self._thread.start()
        self._waiting.put(waiting)

    async def close(self) -> None:
        """What was added is written, and the connection closed."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            await asyncio.to_thread(thread.join)

    def _write_all(self, queue: SimpleQueue[_Waiting | None]) -> None:
        connection: sqlite3.Connection | None = None
        for batch in _batches(queue):
            outcome: list[Record] | Exception
            try:
                connection = connection or _connect(self._path)
                outcome = self._write(connection, batch)
            except Exception as error:  # whatever it was, nobody may be left waiting, and the next are to be tried
                outcome = error
            with suppress(RuntimeError):  # the loop has ended, and with it whoever waited; the records stand
                batch[0].written.get_loop().call_soon_threadsafe(_settle, batch, outcome)
        if connection is not None:
            connection.close()

    def _write(self, connection: sqlite3.Connection, batch: Sequence[_Waiting]) -> list[Record]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            last = connection.execute(_HEAD).fetchone() or connection.execute(_LAST).fetchone()
            rows = _rows(batch, last, self._signer)
            if rows.keys:
                connection.executemany(_INSERT_KEY, rows.keys)
            connection.executemany(_INSERT_RECORD, rows.columns)
            connection.execute(_SET_MARK, rows.head)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return rows.records


def _batches(queue: SimpleQueue[_Waiting | None]) -> Iterator[list[_Waiting]]:
    """What waits, as many at a time as there are, until ``None`` says that no more will come."""
    while True:
        batch = [queue.get()]
        while not queue.empty():
            batch.append(queue.get())
        if found := [waiting for waiting in batch if waiting is not None]:
            yield found
        if len(found) < len(batch):
            return


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)
    return connection


def _settle(batch: Sequence[_Waiting], outcome: list[Record] | Exception) -> None:
    """Whoever waits has their record, or the error."""
    for number, waiting in enumerate(batch):
        if waiting.written.done():  # it was cancelled; the record stands all the same
            continue
        if isinstance(outcome, Exception):
            failed = RecordsUnavailable(f"the record could not be written: {cause(outcome)}")
            failed.__cause__ = outcome
            waiting.written.set_exception(failed)
        else:
            waiting.written.set_result(outcome[number])


def _columns(record: Record, body: str) -> dict[str, Any]:
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
