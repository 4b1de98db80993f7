"""Withdrawals: known after one look, cheap when nothing happened, and never forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from corpora.errors import CorpusStoreUnavailable
from retrieval.adapters.memory import MemoryStore
from retrieval.withdrawals import Withdrawals
from tests.unit.retrieval.library import BO, PAT, open_library


async def test_a_look_finds_what_changed_and_nothing_when_nothing_did(tmp_path: Path) -> None:
    async with open_library(tmp_path, MemoryStore()) as library:
        name = await library.bring("poison")
        await library.publisher.publish(PAT)
        withdrawals = Withdrawals(library.store)
        assert withdrawals.current() == frozenset()
        assert await withdrawals.refresh()
        assert not await withdrawals.refresh()
        await library.curation.withdraw("med-poison", None, BO, "wrong")
        assert await withdrawals.refresh()
        assert withdrawals.current() == {name.split("@")[1]}


async def test_a_database_out_of_reach_forgets_no_withdrawal(tmp_path: Path) -> None:
    async with open_library(tmp_path, MemoryStore()) as library:
        await library.bring("poison")
        await library.curation.withdraw("med-poison", None, BO, "wrong")
        withdrawals = Withdrawals(library.store)
        await withdrawals.refresh()
        async with library.store._engine.begin() as connection:
            await connection.execute(text("DROP TABLE corpus_history"))
        with pytest.raises(CorpusStoreUnavailable, match="no such table"):
            await withdrawals.refresh()
        assert len(withdrawals.current()) == 1
