"""What every ``Records`` promises: append-only, ordered, chained, durable, and an error when a record cannot be written."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from agent.adapters.records_memory import MemoryRecords
from agent.adapters.records_sql import SqlRecords
from agent.audit import GENESIS, Entry, verify
from agent.errors import RecordsUnavailable

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


@pytest.fixture(params=["memory", "sqlite"])
async def records(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened = MemoryRecords() if request.param == "memory" else await SqlRecords.open(tmp_path / "records.db")
    yield opened
    await opened.close()


def break_writes(records: Store, path: Path) -> None:
    """No record can be written from now on."""
    if isinstance(records, MemoryRecords):
        records.fail = True
    else:
        with sqlite3.connect(path) as connection:
            connection.execute("DROP TABLE records")
        connection.close()


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


async def test_a_record_that_cannot_be_written_is_an_error(records: Store, tmp_path: Path):
    await records.append(entry())
    break_writes(records, tmp_path / "records.db")
    with pytest.raises(RecordsUnavailable):
        await records.append(entry(1))


async def test_a_cancelled_write_leaves_a_whole_chain(records: Store):
    writing = asyncio.create_task(records.append(entry(1)))
    await asyncio.sleep(0)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    await records.append(entry(2))
    assert verify(await records.read()) == []


# --- what only a file can do -----------------------------------------------------------------------------


async def test_two_stores_on_one_file_do_not_fork_the_chain(tmp_path: Path):
    first, second = [await SqlRecords.open(tmp_path / "records.db") for _ in range(2)]
    await asyncio.gather(*(store.append(entry(n)) for n in range(15) for store in (first, second)))
    read = await second.read()
    assert len(read) == 30
    assert verify(read) == []
    await first.close()
    await second.close()


async def test_records_survive_a_restart(tmp_path: Path):
    for n in range(2):
        store = await SqlRecords.open(tmp_path / "deep" / "records.db")
        await store.append(entry(n))
        await store.close()
    store = await SqlRecords.open(tmp_path / "deep" / "records.db")
    assert [record.turn_id for record in await store.read()] == ["turn_0", "turn_1"]
    assert verify(await store.read()) == []
    await store.close()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE records SET body='{}' WHERE seq=2",
        "DELETE FROM records WHERE seq=2",
        "UPDATE records SET tenant='x' WHERE seq=1",
    ],
)
async def test_tampering_with_the_file_shows(tmp_path: Path, sql: str):
    store = await SqlRecords.open(tmp_path / "records.db")
    for n in range(4):
        await store.append(entry(n))
    with sqlite3.connect(tmp_path / "records.db") as connection:
        connection.execute(sql)
    connection.close()
    assert verify(await store.read())
    await store.close()


async def test_a_file_that_is_no_database_is_an_error_that_names_it(tmp_path: Path):
    (tmp_path / "records.db").write_text("not a database, but long enough to have a header that is wrong" * 10)
    with pytest.raises(RecordsUnavailable, match=r"records\.db"):
        await SqlRecords.open(tmp_path / "records.db")


async def test_a_place_that_cannot_hold_a_file_is_an_error_that_names_it(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordsUnavailable, match=r"records\.db"):
        await SqlRecords.open(tmp_path / "file" / "records.db")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(RecordsUnavailable, match=r"folder\.db"):
        await SqlRecords.open(tmp_path / "folder.db")


async def test_a_file_locked_by_another_writer_is_waited_for_then_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store = await SqlRecords.open(tmp_path / "records.db")
    await store.append(entry())
    other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(store.append(entry(1)))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    other.execute("ROLLBACK")
    assert (await waiting).seq == 2
    other.close()
    await store.close()


async def test_reading_a_broken_file_is_an_error(tmp_path: Path):
    store = await SqlRecords.open(tmp_path / "records.db")
    break_writes(store, tmp_path / "records.db")
    with pytest.raises(RecordsUnavailable, match="cannot be read"):
        await store.read()
    await store.close()
