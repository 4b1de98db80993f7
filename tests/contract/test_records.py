"""What every ``Records`` promises: append-only, ordered, chained, durable, and an error when a record cannot be written."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from agent.adapters.database import open_database
from agent.adapters.records_memory import MemoryRecords
from agent.adapters.records_sql import SqlRecords
from agent.audit import GENESIS, Entry, verify
from agent.errors import RecordsUnavailable
from agent.settings import Settings

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
Store = MemoryRecords | SqlRecords


def entry(n: int = 0, **changes: Any) -> Entry:
    values = {
        "kind": "decision",
        "turn_id": f"turn_{n}",
        "thread_id": "t",
        "tenant": "default",
        "at": AT,
        "body": {"n": n},
    }
    return Entry.model_validate({**values, **changes})


@pytest.fixture
async def opened() -> AsyncIterator[Callable[..., Any]]:
    """Opens stores over a database; each call is another process's view of it."""
    async with AsyncExitStack() as stack:

        async def open_store(settings: Settings) -> SqlRecords:
            store = SqlRecords(await stack.enter_async_context(open_database(settings)))
            stack.push_async_callback(store.close)
            return store

        yield open_store


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.service)])
async def records(request: pytest.FixtureRequest, tmp_path: Path, opened: Callable[..., Any]) -> Store:
    if request.param == "memory":
        return MemoryRecords()
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    return await opened(Settings.model_validate({"data_dir": tmp_path, "database_url": url}))


async def break_writes(records: Store) -> None:
    """No record can be written from now on."""
    if isinstance(records, MemoryRecords):
        records.fail = True
    else:
        async with records._engine.begin() as connection:
            await connection.execute(text("DROP TABLE records"))


async def test_records_come_back_as_written_in_order(records: Store):
    written = [await records.append(entry(n)) for n in range(5)]
    assert await records.read() == written
    assert [record.seq for record in written] == [1, 2, 3, 4, 5]
    assert written[0].prev_hash == GENESIS
    assert verify(written) == []


async def test_no_records_are_an_empty_list(records: Store):
    assert await records.read() == []


async def test_the_records_of_one_turn_can_be_read_alone_and_the_first_few(records: Store):
    for n in (1, 2, 1, 3):
        await records.append(entry(n))
    assert [record.seq for record in await records.read(turn_id="turn_1")] == [1, 3]
    assert [record.seq for record in await records.read(limit=2)] == [1, 2]
    assert await records.read(turn_id="turn_9") == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": '拒绝 🙂 "quoted" \n \u0000'},
        {"deep": [{"a": [1, 2.5, None, True]}], "small": 1e-12, "big": 2**60},
        {"z": 1, "a": 2},
    ],
)
async def test_the_chain_holds_whatever_a_body_contains(records: Store, body):
    await records.append(entry(body=body))
    (read,) = await records.read()
    assert read.body == body
    assert verify([read]) == []


async def test_the_chain_holds_for_times_of_any_zone(records: Store):
    await records.append(entry(at=AT.astimezone(timezone(timedelta(hours=5, minutes=30)))))
    (read,) = await records.read()
    assert read.at == AT
    assert verify([read]) == []


async def test_many_at_once_form_one_chain(records: Store):
    await asyncio.gather(*(records.append(entry(n)) for n in range(40)))
    read = await records.read()
    assert len({record.turn_id for record in read}) == 40
    assert verify(read) == []


async def test_a_record_that_cannot_be_written_is_an_error(records: Store):
    await records.append(entry())
    await break_writes(records)
    with pytest.raises(RecordsUnavailable):
        await records.append(entry(1))


async def test_every_record_of_a_failed_write_is_an_error_and_later_ones_are_tried(records: Store):
    await break_writes(records)
    outcomes = await asyncio.gather(*(records.append(entry(n)) for n in range(5)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [RecordsUnavailable] * 5


async def test_a_cancelled_write_leaves_a_whole_chain(records: Store):
    writing = asyncio.create_task(records.append(entry(1)))
    await asyncio.sleep(0)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    await records.append(entry(2))
    assert verify(await records.read()) == []


async def test_a_store_that_is_closed_has_written_what_it_was_given(storage: Settings, opened: Callable[..., Any]):
    store = await opened(storage)
    writing = [asyncio.create_task(store.append(entry(n))) for n in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert [(await written).seq for written in writing] == list(range(1, 21))


# --- what only a database can do -------------------------------------------------------------------------


async def test_two_stores_on_one_database_do_not_fork_the_chain(storage: Settings, opened: Callable[..., Any]):
    first, second = await opened(storage), await opened(storage)
    await asyncio.gather(*(store.append(entry(n)) for n in range(15) for store in (first, second)))
    read = await second.read()
    assert len(read) == 30
    assert verify(read) == []


async def test_records_survive_a_restart(storage: Settings):
    for n in range(2):
        async with open_database(storage) as engine:
            store = SqlRecords(engine)
            await store.append(entry(n))
            await store.close()
    async with open_database(storage) as engine:
        read = await SqlRecords(engine).read()
    assert [record.turn_id for record in read] == ["turn_0", "turn_1"]
    assert verify(read) == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE records SET body='{}' WHERE seq=2",
        "DELETE FROM records WHERE seq=2",
        "UPDATE records SET tenant='x' WHERE seq=1",
    ],
)
async def test_tampering_with_the_table_shows(storage: Settings, opened: Callable[..., Any], sql: str):
    store = await opened(storage)
    for n in range(4):
        await store.append(entry(n))
    async with store._engine.begin() as connection:
        await connection.execute(text(sql))
    assert verify(await store.read())


async def test_a_file_locked_by_another_writer_is_waited_for(tmp_path: Path, opened: Callable[..., Any]):
    store = await opened(Settings(data_dir=tmp_path))
    await store.append(entry())
    other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(store.append(entry(1)))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    other.execute("ROLLBACK")
    assert (await waiting).seq == 2
    other.close()


async def test_reading_a_broken_database_is_an_error(storage: Settings, opened: Callable[..., Any]):
    store = await opened(storage)
    await break_writes(store)
    with pytest.raises(RecordsUnavailable, match="cannot be read"):
        await store.read()
