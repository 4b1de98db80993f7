"""The desk in a running service: what another process does to the library takes effect by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

import agent.desk
from agent.adapters.records_memory import MemoryRecords, MemorySubjectKeys
from agent.desk import Desk
from agent.sealing import Sealer, Secret
from corpora.errors import UnknownRevision
from retrieval.adapters.memory import MemoryStore
from retrieval.models import SearchFilter
from tests.unit.retrieval.library import BO, PAT, Library, open_library

FILTER = SearchFilter(today=date(2026, 11, 24))


def desk_of(library: Library) -> Desk:
    return Desk(
        library.curation,
        library.publisher,
        library.withdrawals,
        library.searcher,
        MemoryRecords(),
        lambda: library.embedder,
        Sealer(Secret(bytes(32)), MemorySubjectKeys()),
    )


@pytest.fixture
async def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Library]:
    monkeypatch.setattr(agent.desk, "WATCH_S", 0.01)
    async with open_library(tmp_path, MemoryStore()) as opened:
        yield opened


async def eventually_finds(library: Library, query: str, expected: list[str]) -> bool:
    for _ in range(500):
        if await library.found(query) == expected:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_a_withdrawal_here_takes_effect_at_once(library: Library) -> None:
    desk = desk_of(library)
    name = await library.bring("poison", "Call the poison line about bleach.")
    await desk.publish(PAT)
    found = await desk.search("poison line bleach", FILTER, 8)
    assert [f"{hit.section.document_id}@{hit.section.revision}" for hit in found.hits][:1] == [name]
    await desk.withdraw("med-poison", None, BO, "wrong")
    assert (await desk.search("poison line bleach", FILTER, 8)).hits == ()


async def test_a_withdrawal_and_a_release_by_another_process_take_effect_soon(library: Library, tmp_path: Path) -> None:
    name = await library.bring("poison", "Call the poison line about bleach.")
    await library.publisher.publish(PAT)
    async with desk_of(library).watching(), open_library(tmp_path, library.vectors) as other:
        assert await library.found("poison line bleach") == [name]
        await other.curation.withdraw("med-poison", None, BO, "wrong")
        assert await eventually_finds(library, "poison line bleach", [])
        again = await other.bring("poison", "Call the poison line about lye.")
        await other.publisher.publish(PAT)
        assert await eventually_finds(library, "poison line lye", [again])


async def test_a_database_out_of_reach_is_said_once_and_withdrawals_stand(library: Library, caplog) -> None:
    await library.bring("poison", "Call the poison line about bleach.")
    desk = desk_of(library)
    await desk.publish(PAT)
    await desk.withdraw("med-poison", None, BO, "wrong")
    with caplog.at_level(logging.ERROR):
        async with desk.watching():
            async with library.store._engine.begin() as connection:
                await connection.execute(text("DROP TABLE corpus_history"))
            await asyncio.sleep(0.2)
            assert await library.found("poison line bleach") == []
    assert [record.action for record in caplog.records] == ["library_watch_failed"]


async def test_a_watch_that_does_not_get_through_is_known_to_readiness(library: Library, monkeypatch) -> None:
    desk = desk_of(library)
    assert desk.stale_for() is None
    async with desk.watching():
        await asyncio.sleep(0.05)
        assert desk.stale_for() is None
    monkeypatch.setattr(agent.desk, "STALE_S", -1.0)
    assert desk.stale_for() is not None


async def test_a_recall_of_what_does_not_exist_says_so(library: Library) -> None:
    with pytest.raises(UnknownRevision):
        await desk_of(library).affected("med-none-such")
    await library.bring("poison")
    assert await desk_of(library).affected("med-poison") == []
    assert await desk_of(library).gaps() == []
