"""Where the service keeps its state: one engine for every table, and the checkpoints of threads.

SQLite in the data directory, or PostgreSQL where ``HANDRAIL_DATABASE_URL`` names one. The schema is brought up to date
(``agent.adapters.migrations``) when the database is opened.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from agent.access import NEW_THREAD
from agent.adapters.migrations import upgrade
from agent.errors import RecordsUnavailable, SettingsError
from agent.settings import Settings

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple

P = ParamSpec("P")
T = TypeVar("T")

DATABASE: Final = "records.db"
THREADS: Final = "threads.db"
BUSY_S: Final = 5
"""A writer waits this long for another one before it gives up."""
POSTGRES_SCHEMES: Final = ("postgresql", "postgres", "postgresql+psycopg")
_UPGRADE_LOCK: Final = 0x48616E6472  # "Handr": one process at a time changes the schema
_THREADS_LOCK: Final = 0x48616E6474  # "Handt": the same for the tables of the checkpoints


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The engine, its schema up to date; closed afterwards.

    On SQLite a transaction takes the write lock when it begins, so that what it read is still true when it writes;
    ``engine.execution_options(read_only=True)`` gives transactions that read beside a writer.

    Raises:
        SettingsError: the database URL cannot be used.
        RecordsUnavailable: the database cannot be opened or its schema cannot be brought up to date.
    """
    url = database_url(settings)
    if url is None:
        await asyncio.to_thread(_probe, settings.data_dir / DATABASE)
    engine = _postgres(url) if url is not None else _sqlite(settings.data_dir / DATABASE)
    try:
        async with _explained(engine.url), engine.connect() as connection:
            await _lock_schema(connection)
            await connection.run_sync(upgrade)
            await connection.commit()
        yield engine
    finally:
        await engine.dispose()


async def truncate_log(engine: AsyncEngine) -> None:
    """What was deleted is gone from SQLite's write-ahead log too, unless another process is reading just now."""
    if engine.dialect.name == "sqlite":
        async with engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def whole(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The method, which goes on to its end when its caller is cancelled, who is told so after it. A transaction that is broken off
    in its middle may keep the lock on SQLite with nobody left to end it."""

    @wraps(method)
    async def to_its_end(*args: P.args, **kwargs: P.kwargs) -> T:
        running = asyncio.ensure_future(method(*args, **kwargs))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running], timeout=2 * BUSY_S)
            if running.done() and not running.cancelled():
                running.exception()  # seen; the cancellation is what is told
            raise

    return to_its_end


@asynccontextmanager
async def open_checkpoints(settings: Settings) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    """The threads of conversations, in the same place as the tables. Raises as ``open_database``."""
    url = database_url(settings)
    if url is None:
        async with _sqlite_checkpoints(settings.data_dir / THREADS) as checkpointer:
            yield checkpointer
    else:
        async with _postgres_checkpoints(url) as checkpointer:
            yield checkpointer


def database_url(settings: Settings) -> URL | None:
    """The PostgreSQL server of the settings; ``None`` for SQLite in the data directory.

    Raises:
        SettingsError: the URL is malformed or names another kind of database.
    """
    if settings.database_url is None:
        return None
    expected = "expected `postgresql://user:password@host:5432/database`; leave it out for SQLite in the data directory"
    try:
        url = make_url(settings.database_url.get_secret_value())
    except (ArgumentError, ValueError) as error:
        raise SettingsError(f"setting `HANDRAIL_DATABASE_URL` is not a URL; {expected}") from error
    if url.drivername not in POSTGRES_SCHEMES:
        raise SettingsError(f"setting `HANDRAIL_DATABASE_URL` starts with `{url.drivername}`; {expected}")
    return url.set(drivername="postgresql")


# --- SQLite ----------------------------------------------------------------------------------------------


def _sqlite(path: Path) -> AsyncEngine:
    engine = create_async_engine(URL.create("sqlite+aiosqlite", database=str(path)), connect_args={"timeout": BUSY_S})
    event.listen(engine.sync_engine, "connect", _configure)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _probe(path: Path) -> None:
    """The file is a database that can be written. Asked before the asynchronous driver is, whose thread survives a connection
    that fails."""
    deadline = time.monotonic() + BUSY_S
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        while not _opens(path, last_try=time.monotonic() >= deadline):
            time.sleep(0.02)
    except (sqlite3.Error, OSError) as error:
        raise RecordsUnavailable(f"the database at `{path}` cannot be opened: {cause(error)}") from error


def _opens(path: Path, *, last_try: bool) -> bool:
    """False when another process is in the way, unless this was the last try. SQLite waits for others by itself, but not where the
    first of several processes that start together turns the write-ahead log on."""
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)) as connection:
            for pragma in SQLITE_PRAGMAS:
                connection.execute(pragma)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if last_try or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _configure(connection: Any, _: object) -> None:
    # The driver would open transactions by itself, and too late.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


SQLITE_PRAGMAS: Final = (
    f"PRAGMA busy_timeout={BUSY_S * 1000}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # what was erased must not be found in free pages
)
"""Said on every connection. NORMAL: a commit survives the end of the process; a power cut may cost the last ones, never the
consistency of the file."""


def _begin(connection: Any) -> None:
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


@asynccontextmanager
async def _sqlite_checkpoints(path: Path) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    import aiosqlite
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    class Saver(AsyncSqliteSaver):
        """Leaves nothing of a deleted thread in the write-ahead log, and no transaction open. Fails as ours do."""

        async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
            if config["configurable"].get(NEW_THREAD):
                return None
            with _threads_in_reach(sqlite3.Error):
                return await super().aget_tuple(config)

        @whole
        async def aput(self, *args: Any, **kwargs: Any) -> RunnableConfig:
            with _threads_in_reach(sqlite3.Error):
                return await super().aput(*args, **kwargs)

        @whole
        async def aput_writes(self, *args: Any, **kwargs: Any) -> None:
            with _threads_in_reach(sqlite3.Error):
                await super().aput_writes(*args, **kwargs)

        @whole
        async def adelete_thread(self, thread_id: str) -> None:
            with _threads_in_reach(sqlite3.Error):
                await super().adelete_thread(thread_id)
                await self.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    await asyncio.to_thread(_probe, path)
    async with aiosqlite.connect(path, timeout=BUSY_S) as connection:
        for pragma in SQLITE_PRAGMAS:
            await connection.execute(pragma)
        checkpointer = Saver(connection)
        await checkpointer.setup()
        yield checkpointer


# --- PostgreSQL ------------------------------------------------------------------------------------------


def _postgres(url: URL) -> AsyncEngine:
    return create_async_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=10,
        max_overflow=10,
        pool_pre_ping=True,
        connect_args={"connect_timeout": BUSY_S, "application_name": "handrail"},
    )


@asynccontextmanager
async def _postgres_checkpoints(url: URL) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    # The driver and its pool take a quarter of a second to import; only who asks for PostgreSQL pays for it.
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
    from psycopg import AsyncConnection as Connection
    from psycopg import Error
    from psycopg.rows import DictRow, dict_row
    from psycopg_pool import AsyncConnectionPool

    class Saver(AsyncPostgresSaver):
        """Fails as ours do."""

        async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
            if config["configurable"].get(NEW_THREAD):
                return None
            with _threads_in_reach(Error):
                return await super().aget_tuple(config)

        async def aput(self, *args: Any, **kwargs: Any) -> RunnableConfig:
            with _threads_in_reach(Error):
                return await super().aput(*args, **kwargs)

        async def adelete_thread(self, thread_id: str) -> None:
            with _threads_in_reach(Error):
                await super().adelete_thread(thread_id)

    address = url.render_as_string(hide_password=False)
    options: dict[str, Any] = {"autocommit": True, "prepare_threshold": 0, "connect_timeout": BUSY_S}
    try:
        async with await Connection.connect(address, **options, row_factory=dict_row) as connection:
            # Some steps build indexes concurrently, which waits for every statement under way: so the lock belongs to no
            # transaction, and whoever has to wait for it asks again rather than block.
            while not await _try_lock(connection):  # noqa: ASYNC110 - nobody in this process could set an event
                await asyncio.sleep(0.05)
            await AsyncPostgresSaver(connection).setup()
    except Error as error:
        raise RecordsUnavailable(f"the threads at `{shown(url)}` cannot be opened: {cause(error)}") from error
    pool: AsyncConnectionPool[Connection[DictRow]] = AsyncConnectionPool(
        address,
        min_size=1,
        max_size=10,
        timeout=BUSY_S,
        open=False,
        check=AsyncConnectionPool.check_connection,
        kwargs={**options, "row_factory": dict_row},
    )
    async with pool:
        yield Saver(pool)


async def _try_lock(connection: Any) -> bool:
    row = await (await connection.execute("SELECT pg_try_advisory_lock(%s) AS locked", (_THREADS_LOCK,))).fetchone()
    return bool(row["locked"])


async def _lock_schema(connection: AsyncConnection) -> None:
    """Wait for any other process that changes the schema. SQLite's transaction has the lock already."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")


# --- words -----------------------------------------------------------------------------------------------


@asynccontextmanager
async def _explained(url: URL) -> AsyncIterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise RecordsUnavailable(f"the database at `{shown(url)}` cannot be opened: {cause(error)}") from error


@contextmanager
def _threads_in_reach(of_driver: type[Exception]) -> Iterator[None]:
    try:
        yield
    except (of_driver, OSError) as error:
        raise RecordsUnavailable(f"the conversations cannot be reached: {cause(error)}") from error


def storable(*values: str | None) -> bool:
    """False when one of these is in no row, because PostgreSQL takes no text with a NUL; it must not be asked for one either."""
    return not any(value and "\0" in value for value in values)


def shown(url: URL) -> str:
    """The place without its password: a path, or the URL."""
    if url.drivername.startswith("sqlite"):
        return str(url.database)
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


def cause(error: Exception) -> str:
    """The first line of what the driver said."""
    return (str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__])[0]
