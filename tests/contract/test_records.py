"""What every ``Records`` promises: append-only, ordered, chained, durable, and an error when a record cannot be written."""

from __future__ import annotations

import asyncio
import random
import resource
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from agent.adapters.database import open_database
from agent.adapters.records_memory import MemoryRecords
from agent.adapters.records_sql import RECORDS, SqlRecords
from agent.adapters.records_sql import _record as read_row
from agent.adapters.subject_keys_sql import SqlSubjectKeys
from agent.audit import GENESIS, Entry, Marks, Record, append, verify
from agent.errors import RecordsUnavailable
from agent.sealing import Secret
from agent.settings import Settings

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECRET = Secret(bytes(32))
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
            store = SqlRecords(await stack.enter_async_context(open_database(settings)), SECRET)
            stack.push_async_callback(store.close)
            return store

        yield open_store


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.service)])
async def records(request: pytest.FixtureRequest, tmp_path: Path, opened: Callable[..., Any]) -> Store:
    if request.param == "memory":
        return MemoryRecords(SECRET)
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
    assert await records.read(turn_id="turn_9") == await records.read(turn_id="\x00") == []


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


async def test_the_head_is_signed_with_every_record(records: Store):
    assert (await records.marks()).head is None
    for n in range(3):
        record = await records.append(entry(n))
        marks = await records.marks()
        assert marks.head is not None
        assert (marks.head.seq, marks.head.hash) == (record.seq, record.hash)
        assert SECRET.signed(marks.head)
    assert verify(await records.read(), marks, SECRET) == []


async def test_records_are_found_by_person_and_after_a_place(records: Store):
    for n, subject in enumerate(("ana", "bo", "ana", None)):
        await records.append(entry(n, subject=subject))
    assert [record.seq for record in await records.read(subject="ana")] == [1, 3]
    assert [record.seq for record in await records.read(after=2, limit=1)] == [3]
    assert verify(await records.read(), await records.marks(), SECRET) == []


async def test_the_oldest_records_can_go_and_the_rest_still_verifies(records: Store):
    written = [await records.append(entry(n)) for n in range(5)]
    anchor = SECRET.mark("anchor", 2, written[1].hash)
    assert await records.forget(anchor) == 2
    assert (await records.marks()).anchor == anchor
    assert verify(await records.read(), await records.marks(), SECRET) == []
    await records.append(entry(9))
    assert verify(await records.read(), await records.marks(), SECRET) == []


async def test_keys_come_with_the_record_that_needs_them_and_are_destroyed_by_person(records: Store):
    keys = records.keys if isinstance(records, MemoryRecords) else SqlSubjectKeys(records._engine)
    ana, again, bo = [SECRET.new_key("acme", subject) for subject in ("ana", "ana", "bo")]
    await records.append(entry(1), [ana, bo])
    await records.append(entry(2), [ana, again])
    assert await keys.find("acme", "bo") == bo
    assert await keys.find("other", "bo") is None
    assert await keys.get(ana.id) == ana
    assert await keys.destroy("acme", "ana") == 2
    assert await keys.destroy("acme", "ana") == 0
    assert await keys.get(ana.id) is None
    assert await keys.find("acme", "ana") is None
    assert await keys.find("acme", "bo") == bo


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
            store = SqlRecords(engine, SECRET)
            await store.append(entry(n))
            await store.close()
    async with open_database(storage) as engine:
        read = await SqlRecords(engine, SECRET).read()
    assert [record.turn_id for record in read] == ["turn_0", "turn_1"]
    assert verify(read) == []


def tampering(chance: random.Random, last: int) -> list[str]:
    """Statements that edit, remove, swap, cut off or insert one record, some with a hash that fits."""
    seq = chance.randint(1, last)
    other = chance.choice([n for n in range(1, last + 1) if n != seq])
    column = chance.choice(["kind", "turn_id", "thread_id", "tenant", "subject", "body", "at", "prev_hash", "hash"])
    value = {"at": "2020-01-01T00:00:00+00:00", "body": '{"n": -1}', "kind": "case"}.get(column, "x" * 32)
    moved = "kind, turn_id, thread_id, tenant, subject, at, body, prev_hash, hash"
    match chance.choice(["edit", "delete", "swap", "truncate", "insert", "append", "move"]):
        case "edit":
            return [f"UPDATE records SET {column} = '{value}' WHERE seq = {seq}"]
        case "delete":
            return [f"DELETE FROM records WHERE seq = {seq}"]
        case "swap":
            steps = [(seq, -1), (other, seq), (-1, other)]
            return [f"UPDATE records SET seq = {to} WHERE seq = {of}" for of, to in steps]
        case "truncate":
            return [f"DELETE FROM records WHERE seq >= {seq}"]
        case "insert":
            copied = moved.replace(" hash", " 'g' || substr(hash, 2)")
            later = [
                f"UPDATE records SET seq = -seq - 1 WHERE seq >= {seq}",
                "UPDATE records SET seq = -seq WHERE seq < 0",
            ]
            return [
                *later,
                f"INSERT INTO records (seq, {moved}) SELECT {seq}, {copied} FROM records WHERE seq = {other + (other >= seq)}",
            ]
        case "append":
            forged = append(entry(77), seq=last + 1, prev_hash=chance.choice(["0" * 64, "f" * 64]))
            values = (
                f"{forged.seq}, '{forged.kind}', 'turn_77', 't', 'default', NULL, '{AT.isoformat()}', '{{\"n\": 77}}'"
            )
            return [f"INSERT INTO records (seq, {moved}) VALUES ({values}, '{forged.prev_hash}', '{forged.hash}')"]
        case _:
            return [f"UPDATE records SET seq = {last + 5} WHERE seq = {seq}"]


async def test_two_hundred_random_tamperings_are_all_found(tmp_path: Path, opened: Callable[..., Any]):
    store = await opened(Settings(data_dir=tmp_path))
    for n in range(30):
        await store.append(entry(n, subject="s" * 32))
    chance = random.Random(20261128)
    missed: list[list[str]] = []
    for _ in range(200):
        async with store._engine.connect() as connection:
            statements = tampering(chance, 30)
            for statement in statements:
                await connection.exec_driver_sql(statement)
            rows = (await connection.execute(select(RECORDS).order_by(RECORDS.c.seq))).mappings().all()
            if not verify([read_row(dict(row)) for row in rows], await store.marks(), SECRET):
                missed.append(statements)
            await connection.rollback()
    assert missed == []
    assert verify(await store.read(), await store.marks(), SECRET) == []


async def test_a_chain_that_was_computed_anew_is_not_signed(storage: Settings, opened: Callable[..., Any]):
    store = await opened(storage)
    for n in range(3):
        await store.append(entry(n))
    forger = Secret(bytes(31) + b"x")
    forged: list[Record] = []
    for n in range(3):
        forged.append(append(entry(n, tenant="evil"), seq=n + 1, prev_hash=forged[-1].hash if forged else GENESIS))
    marks = Marks(head=forger.mark("head", 3, forged[-1].hash))
    assert verify(forged, marks, forger) == []
    assert [found.problem for found in verify(forged, marks, SECRET)] == [
        f"the head is not signed with the key `{SECRET.key_id}`"
    ]
    assert verify(forged, await store.marks(), SECRET) != []


async def test_after_the_end_was_cut_off_the_gap_stays_open(storage: Settings, opened: Callable[..., Any]):
    store = await opened(storage)
    for n in range(4):
        await store.append(entry(n))
    async with store._engine.begin() as connection:
        await connection.execute(text("DELETE FROM records WHERE seq >= 3"))
    assert (await store.append(entry(9))).seq == 5
    (found, _) = verify(await store.read(), await store.marks(), SECRET)
    assert (found.seq, found.problem) == (3, "records 3 to 4 are missing; found 5")


@contextmanager
def full_disk(folder: Path, spare: int) -> Iterator[None]:
    """Nothing can make a file longer than the longest here and ``spare`` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    longest = max(file.stat().st_size for file in folder.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (longest + spare, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def write_much(store: SqlRecords) -> None:
    for n in range(200):
        await store.append(entry(n, body={"text": "x" * 2_000}))


async def test_a_full_disk_is_an_error_and_leaves_a_whole_chain(tmp_path: Path, opened: Callable[..., Any]):
    store = await opened(Settings(data_dir=tmp_path))
    await store.append(entry())
    with full_disk(tmp_path, spare=20_000), pytest.raises(RecordsUnavailable, match=r"full|disk"):
        await write_much(store)
    assert verify(await store.read(), await store.marks(), SECRET) == []
    await store.append(entry(201))
    assert verify(await store.read(), await store.marks(), SECRET) == []
    assert (await store.read())[-1].turn_id == "turn_201"


async def test_a_record_that_no_json_can_hold_fails_alone(storage: Settings, opened: Callable[..., Any]):
    store = await opened(storage)
    bodies = ({"n": 1}, {"n": object()}, {"n": "\ud800"}, {"n": 2})
    outcomes = await asyncio.gather(
        *(store.append(entry(n, body=body)) for n, body in enumerate(bodies)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [Record, TypeError, UnicodeEncodeError, Record]
