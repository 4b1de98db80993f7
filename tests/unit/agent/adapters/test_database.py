"""Opening the database: a current schema, errors that name the place, and transactions that hold what they read."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.base import empty_checkpoint
from sqlalchemy import text

from agent.access import NEW_THREAD
from agent.adapters.database import THREADS, _probe, database_url, open_checkpoints, open_database, whole
from agent.adapters.migrations import HEAD, current
from agent.errors import RecordsUnavailable, SettingsError
from agent.settings import Settings


async def test_a_new_database_has_the_newest_schema(storage: Settings):
    async with open_database(storage) as engine, engine.connect() as connection:
        assert await connection.run_sync(current) == HEAD


async def test_many_may_open_a_new_database_at_once(storage: Settings):
    async def opened() -> str | None:
        async with open_database(storage) as engine, engine.connect() as connection:
            return await connection.run_sync(current)

    assert await asyncio.gather(*(opened() for _ in range(4))) == [HEAD] * 4


async def test_many_may_open_everything_at_once(storage: Settings):
    async def opened() -> None:
        async with open_database(storage), open_checkpoints(storage) as checkpointer:
            assert await checkpointer.aget_tuple({"configurable": {"thread_id": "t", "checkpoint_ns": ""}}) is None

    await asyncio.gather(*(opened() for _ in range(6)))


async def test_a_database_of_a_newer_version_is_left_alone(storage: Settings):
    async with open_database(storage) as engine, engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RecordsUnavailable, match=r"`9999`.*newer Handrail"):
        async with open_database(storage):
            pass


async def test_a_process_that_turns_the_log_on_waits_for_who_reads(tmp_path: Path):
    path = tmp_path / "records.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("CREATE TABLE t AS SELECT 1 AS n UNION SELECT 2")
        reading = reader.execute("SELECT n FROM t")
        assert reading.fetchone() == (1,)
        probing = asyncio.create_task(asyncio.to_thread(_probe, path))
        await asyncio.sleep(0.1)
        assert not probing.done()
        reading.close()
        await probing
    with closing(sqlite3.connect(path)) as later:
        assert later.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_work_goes_on_to_its_end_when_its_caller_is_cancelled():
    done: list[str] = []
    go_on = asyncio.Event()

    @whole
    async def work(fails: bool) -> str:
        await go_on.wait()
        done.append("work")
        if fails:
            raise ValueError("too late for anybody to hear")
        return "done"

    for fails in (False, True):
        go_on.clear()
        calling = asyncio.create_task(work(fails))
        await asyncio.sleep(0)
        calling.cancel()
        await asyncio.sleep(0)
        assert not calling.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await calling
    assert done == ["work", "work"]
    assert await work(False) == "done"
    with pytest.raises(ValueError, match="too late"):
        await work(True)


async def test_what_a_transaction_read_is_still_true_when_it_writes(storage: Settings):
    async def increment() -> None:
        async with engine.begin() as connection:
            if storage.database_url:  # PostgreSQL locks rows, SQLite the file
                (n,) = (await connection.execute(text("SELECT n FROM counter FOR UPDATE"))).one()
            else:
                (n,) = (await connection.execute(text("SELECT n FROM counter"))).one()
            await asyncio.sleep(0)
            await connection.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})

    async with open_database(storage) as engine:
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE counter (n INTEGER)"))
            await connection.execute(text("INSERT INTO counter VALUES (0)"))
        await asyncio.gather(*(increment() for _ in range(8)))
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT n FROM counter"))).scalar() == 8


async def test_an_error_takes_back_the_whole_transaction(storage: Settings):
    async with open_database(storage) as engine:
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE thing (n INTEGER)"))

        async def fail() -> None:
            async with engine.begin() as connection:
                await connection.execute(text("INSERT INTO thing VALUES (1)"))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM thing"))).scalar() == 0


async def test_readers_do_not_wait_for_a_writer(tmp_path: Path):
    async with open_database(Settings(data_dir=tmp_path)) as engine:
        reading = engine.execution_options(read_only=True)
        async with engine.begin() as writer, reading.connect() as reader:
            await writer.execute(text("CREATE TABLE thing (n INTEGER)"))
            assert (await reader.execute(text("SELECT count(*) FROM records"))).scalar() == 0


async def test_threads_are_kept_in_the_same_place(storage: Settings):
    config = {"configurable": {"thread_id": "t", "checkpoint_ns": ""}}
    kept = {
        **empty_checkpoint(),
        "channel_values": {"messages": [HumanMessage("hi"), AIMessage("yes?")]},
        "channel_versions": {"messages": "1"},
    }
    async with open_checkpoints(storage) as checkpointer:
        await checkpointer.aput(config, kept, {}, {"messages": "1"})
    async with open_checkpoints(storage) as checkpointer:
        found = await checkpointer.aget_tuple(config)
        assert found is not None
        assert NEW_THREAD not in found.metadata
        new = {"configurable": config["configurable"] | {NEW_THREAD: True}}
        assert await checkpointer.aget_tuple(new) is None  # a thread that begins is not looked up
        old = {"configurable": config["configurable"] | {NEW_THREAD: False}}
        assert await checkpointer.aget_tuple(old) is not None
        assert [m.text for m in found.checkpoint["channel_values"]["messages"]] == ["hi", "yes?"]
        await checkpointer.adelete_thread("t")
        assert await checkpointer.aget_tuple(config) is None


async def test_a_file_that_is_no_database_is_an_error_that_names_it(tmp_path: Path):
    for name in ("records.db", "threads.db"):
        (tmp_path / name).write_text("not a database, but long enough to have a header that is wrong" * 10)
    with pytest.raises(RecordsUnavailable, match=r"records\.db"):
        async with open_database(Settings(data_dir=tmp_path)):
            pass
    with pytest.raises(RecordsUnavailable, match=r"threads\.db"):
        async with open_checkpoints(Settings(data_dir=tmp_path)):
            pass


async def test_a_place_that_cannot_hold_a_file_is_an_error_that_names_it(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordsUnavailable, match=r"file"):
        async with open_database(Settings(data_dir=tmp_path / "file" / "deep")):
            pass
    (tmp_path / "records.db").mkdir()
    with pytest.raises(RecordsUnavailable, match=r"records\.db"):
        async with open_database(Settings(data_dir=tmp_path)):
            pass


async def test_a_server_that_is_not_there_is_an_error_that_names_it_and_hides_the_password(tmp_path: Path):
    settings = Settings.model_validate({"data_dir": tmp_path, "database_url": "postgresql://me:hush@127.0.0.1:9/db"})
    for opening in (open_database, open_checkpoints):
        with pytest.raises(RecordsUnavailable, match=r"127\.0\.0\.1:9/db") as caught:
            async with opening(settings):
                pass
        assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["mysql://a/b", "nonsense", "sqlite:///x.db", "postgresql+asyncpg://a/b", "http://[::1"]
)
def test_another_kind_of_url_is_a_mistake_in_the_settings(url: str):
    with pytest.raises(SettingsError, match=r"HANDRAIL_DATABASE_URL.*expected `postgresql://"):
        database_url(Settings.model_validate({"database_url": url}))


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_spelling_of_postgresql_is_taken(scheme: str):
    url = database_url(Settings.model_validate({"database_url": f"{scheme}://u:p@h/db"}))
    assert url is not None
    assert url.render_as_string(hide_password=False) == "postgresql://u:p@h/db"


async def test_conversations_out_of_reach_are_unavailable_and_come_back(storage: Settings):
    config = {"configurable": {"thread_id": "acme/thread_1", "checkpoint_ns": ""}}
    async with open_checkpoints(storage) as checkpoints:
        with out_of_reach(storage, checkpoints):
            with pytest.raises(RecordsUnavailable, match="conversations cannot be reached"):
                await checkpoints.aget_tuple(config)
            with pytest.raises(RecordsUnavailable, match="conversations cannot be reached"):
                await checkpoints.aput(config, empty_checkpoint(), {}, {})
            with pytest.raises(RecordsUnavailable, match="conversations cannot be reached"):
                await checkpoints.adelete_thread("acme/thread_1")
        assert await checkpoints.aget_tuple(config) is None


@contextmanager
def out_of_reach(storage: Settings, checkpoints: Any) -> Iterator[None]:
    """The tables are elsewhere for a while."""
    if storage.database_url is None:
        with closing(sqlite3.connect(storage.data_dir / THREADS)) as connection:
            for name, other in (("checkpoints", "x"), ("x", "checkpoints")):
                connection.execute(f"ALTER TABLE {name} RENAME TO {other}")
                connection.commit()
                if other == "x":
                    yield
        return
    with psycopg.connect(storage.database_url.get_secret_value(), autocommit=True) as connection:
        for name, other in (("checkpoints", "x"), ("x", "checkpoints")):
            connection.execute(f"ALTER TABLE {name} RENAME TO {other}")
            if other == "x":
                yield
