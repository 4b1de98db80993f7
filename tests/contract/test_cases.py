"""What every ``Cases`` promises: nothing is lost, nothing is changed twice, and an event comes with its change or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from agent.adapters.cases_memory import MemoryCases
from agent.adapters.cases_sql import SqlCases
from agent.adapters.database import open_database
from agent.cases import Case, CaseFilter, ThreadEvent, Waiting, claimed
from agent.errors import RecordsUnavailable
from agent.settings import Settings
from tests.unit.agent.test_cases import NOW, case

Store = MemoryCases | SqlCases


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.service)])
async def cases(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryCases()
        return
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    async with open_database(Settings.model_validate({"data_dir": tmp_path, "database_url": url})) as engine:
        yield SqlCases(engine)


def numbered(n: int, **changes: object) -> Case:
    return case(id=f"case_{n}", due_at=NOW + timedelta(hours=10 - n), **changes)


def event(**changes: object) -> ThreadEvent:
    values = {
        "tenant": "acme",
        "thread_id": "thread_1",
        "name": "case.resolved",
        "case_id": "case_1",
        "resolution": "upheld",
        "text": {"a": "拒绝"},
        "at": NOW,
    }
    return ThreadEvent.model_validate({**values, **changes})


async def test_a_case_comes_back_as_it_was_filed_and_only_for_its_tenant(cases: Store):
    filed = numbered(1, context={"text": '"; DROP TABLE cases; --'})
    await cases.add(filed)
    assert await cases.get("case_1") == await cases.get("case_1", "acme") == filed
    assert await cases.get("case_1", "other") is None
    assert await cases.get("case_2") is None


async def test_who_is_cancelled_leaves_no_transaction_open(cases: Store):
    for n in range(0, 60, 2):
        adding = asyncio.create_task(cases.add(case(id=f"case_{n}")))
        for _ in range(n // 2):
            await asyncio.sleep(0)
        adding.cancel()
        await asyncio.gather(adding, return_exceptions=True)
        await cases.add(case(id=f"case_{n + 1}"))
    found = {each.id for each in await cases.find(CaseFilter(limit=100))}
    assert {f"case_{n}" for n in range(1, 60, 2)} <= found


async def test_of_a_name_that_nothing_can_have_there_is_nothing(cases: Store):
    await cases.add(numbered(1))
    assert await cases.get("case_1\x00") is None
    assert await cases.find(CaseFilter(queue="\x00")) == await cases.find(CaseFilter(thread_id="\x00")) == []


async def test_cases_are_found_by_what_is_asked_soonest_due_first(cases: Store):
    await cases.add(numbered(1))
    await cases.add(numbered(2, tenant="other", queue="security"))
    await cases.add(numbered(3, thread_id="thread_3", resolution="upheld", told=False))

    async def found(**wanted: object) -> list[str]:
        return [each.id for each in await cases.find(CaseFilter.model_validate(wanted))]

    assert await found() == ["case_3", "case_2", "case_1"]
    assert await found(tenant="acme") == ["case_3", "case_1"]
    assert await found(queue="security") == ["case_2"]
    assert await found(thread_id="thread_3") == ["case_3"]
    assert await found(unresolved=True) == ["case_2", "case_1"]
    assert await found(unresolved=False) == await found(untold=True) == ["case_3"]
    assert await found(limit=1) == ["case_3"]


async def test_of_many_who_change_a_case_at_once_one_does(cases: Store):
    await cases.add(numbered(1))
    tries = [claimed(numbered(1), f"reviewer {n}", NOW, timedelta(minutes=30)) for n in range(8)]
    outcomes = await asyncio.gather(*(cases.replace(each, event()) for each in tries))
    assert sorted(outcomes) == [False] * 7 + [True]
    (winner,) = [each for each, won in zip(tries, outcomes, strict=True) if won]
    assert await cases.get("case_1") == winner
    assert len(await cases.after("acme", "thread_1", 0)) == 1


async def test_what_is_not_there_cannot_be_changed(cases: Store):
    assert not await cases.replace(numbered(1, version=2), event())
    assert await cases.after("acme", "thread_1", 0) == []


async def test_events_come_in_order_after_a_place_and_only_of_the_thread(cases: Store):
    await cases.add(numbered(1))
    for n, thread in enumerate(("thread_1", "thread_2", "thread_1")):
        assert await cases.replace(numbered(1, version=n + 2), event(thread_id=thread, case_id=f"case_{n}"))
    found = await cases.after("acme", "thread_1", 0)
    assert [each.case_id for each in found] == ["case_0", "case_2"]
    assert found[0].text == {"a": "拒绝"}
    assert await cases.after("acme", "thread_1", found[0].seq) == found[1:]
    assert await cases.after("other", "thread_1", 0) == []


async def test_what_waits_is_added_up_by_queue(cases: Store):
    await cases.add(numbered(1))
    await cases.add(numbered(2, tenant="other", queue="security"))
    await cases.add(numbered(3, queue="security"))
    await cases.add(numbered(4, resolution="upheld"))
    now = NOW + timedelta(hours=8)
    security = Waiting(queue="security", open=2, late=1)
    assert await cases.waiting(now) == [Waiting(queue=numbered(1).queue, open=1, late=0), security]
    assert await cases.waiting(now, "other") == [Waiting(queue="security", open=1, late=0)]
    assert await cases.waiting(now, "nobody") == []


async def test_cases_out_of_reach_are_an_error(storage: Settings):
    async with open_database(storage) as engine:
        async with engine.begin() as connection:
            for table in ("cases", "thread_events"):
                await connection.execute(text(f"DROP TABLE {table}"))
        cases = SqlCases(engine)
        for call in (
            cases.add(case()),
            cases.get("x"),
            cases.find(CaseFilter()),
            cases.waiting(NOW),
            cases.replace(case()),
            cases.after("a", "b", 0),
        ):
            with pytest.raises(RecordsUnavailable, match="cases cannot be reached"):
                await call
