"""What every ``Outbox`` promises: every event is there until it is done, and of many who take it one has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text

from agent.adapters.cases_memory import MemoryCases
from agent.adapters.cases_sql import SqlCases
from agent.adapters.database import open_database
from agent.adapters.outbox_memory import MemoryOutbox
from agent.adapters.outbox_sql import SqlOutbox
from agent.errors import RecordsUnavailable
from agent.settings import Settings
from tests.contract.test_cases import event
from tests.unit.agent.test_cases import NOW, case


class There(NamedTuple):
    """Cases, and the outbox of their events."""

    cases: MemoryCases | SqlCases
    outbox: MemoryOutbox | SqlOutbox

    async def tell(self, count: int = 1) -> None:
        """So many events happen, a second apart."""
        await self.cases.add(case())
        for n in range(count):
            told = event(case_id=f"case_{n}", at=NOW + timedelta(seconds=n))
            assert await self.cases.replace(case(version=n + 2), told)

    async def due(self, seconds: float) -> list[tuple[str, int]]:
        """Cases and tries of what is due so long after ``NOW``."""
        found = await self.outbox.due(NOW + timedelta(seconds=seconds), 10)
        return [(outgoing.event.case_id, outgoing.attempts) for outgoing in found]


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.service)])
async def there(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[There]:
    if request.param == "memory":
        cases = MemoryCases()
        yield There(cases, MemoryOutbox(cases))
        return
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    async with open_database(Settings.model_validate({"data_dir": tmp_path, "database_url": url})) as engine:
        yield There(SqlCases(engine), SqlOutbox(engine))


async def test_events_are_due_as_they_happen_longest_first(there: There):
    await there.tell(3)
    assert await there.due(0) == [("case_0", 0)]
    assert await there.due(2) == [("case_0", 0), ("case_1", 0), ("case_2", 0)]
    (first,) = await there.outbox.due(NOW + timedelta(hours=1), 1)
    assert first.event == event(case_id="case_0", seq=first.event.seq)


async def test_what_is_taken_is_due_again_later_with_one_more_try_and_what_is_done_is_not(there: There):
    await there.tell()
    (outgoing,) = await there.outbox.due(NOW, 10)
    assert await there.outbox.take(outgoing, NOW + timedelta(seconds=15))
    assert await there.due(14) == []
    assert await there.due(15) == [("case_0", 1)]
    await there.outbox.done(outgoing.event.seq)
    assert await there.due(3_600) == []


async def test_of_many_who_take_it_one_has_it(there: There):
    await there.tell()
    (outgoing,) = await there.outbox.due(NOW, 10)
    taken = await asyncio.gather(*(there.outbox.take(outgoing, NOW + timedelta(hours=1)) for _ in range(6)))
    assert sorted(taken) == [False] * 5 + [True]


async def test_out_of_reach_is_an_error(storage: Settings):
    async with open_database(storage) as engine:
        async with engine.begin() as connection:
            await connection.execute(text("DROP TABLE webhook_outbox"))
        outbox = SqlOutbox(engine)
        for call in (outbox.due(NOW, 1), outbox.done(1)):
            with pytest.raises(RecordsUnavailable, match="webhooks to send cannot be reached"):
                await call
