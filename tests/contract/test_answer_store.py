"""What every ``AnswerStore`` promises: of many who claim a key one has it, and an answer is there until it expires."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from agent.adapters.answers_memory import MemoryAnswers
from agent.adapters.answers_sql import SqlAnswers
from agent.adapters.database import open_database
from agent.errors import RecordsUnavailable
from agent.ports import AnswerStore, KeptAnswer
from agent.settings import Settings
from tests.unit.agent.test_cases import NOW

SOON, LATER = NOW + timedelta(minutes=5), NOW + timedelta(days=1)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.service)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnswerStore]:
    if request.param == "memory":
        yield MemoryAnswers()
        return
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    async with open_database(Settings.model_validate({"data_dir": tmp_path, "database_url": url})) as engine:
        yield SqlAnswers(engine)


async def test_of_many_who_claim_a_key_one_has_it(store: AnswerStore):
    found = await asyncio.gather(*(store.claim("k", "acme", f"f{n}", NOW, SOON) for n in range(6)))
    assert found.count(None) == 1
    assert {kept.answer for kept in found if kept is not None} == {None}
    assert await store.claim("other", "acme", "f", NOW, SOON) is None


async def test_an_answer_is_there_until_it_expires(store: AnswerStore):
    await store.claim("k", "acme", "f", NOW, SOON)
    await store.keep("k", "拒绝", LATER)
    assert await store.claim("k", "acme", "f", LATER - timedelta(seconds=1), LATER) == KeptAnswer("f", "拒绝")
    assert await store.claim("k", "acme", "g", LATER, LATER + timedelta(days=1)) is None


async def test_a_claim_that_is_dropped_or_runs_out_can_be_had_again(store: AnswerStore):
    await store.claim("k", "acme", "f", NOW, SOON)
    await store.drop("k")
    assert await store.claim("k", "acme", "f", NOW, SOON) is None
    assert await store.claim("k", "acme", "f", NOW, SOON) == KeptAnswer("f", None)
    assert await store.claim("k", "acme", "f", SOON, LATER) is None


async def test_what_nobody_claimed_is_not_kept(store: AnswerStore):
    await store.keep("k", "x", LATER)
    await store.drop("k")
    assert await store.claim("k", "acme", "f", NOW, SOON) is None


async def test_out_of_reach_is_an_error(storage: Settings):
    async with open_database(storage) as engine:
        async with engine.begin() as connection:
            await connection.execute(text("DROP TABLE idempotency_keys"))
        store = SqlAnswers(engine)
        for call in (store.claim("k", "t", "f", NOW, SOON), store.keep("k", "a", SOON), store.drop("k")):
            with pytest.raises(RecordsUnavailable, match="requests that come again cannot be reached"):
                await call
