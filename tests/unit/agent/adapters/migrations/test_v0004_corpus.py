"""With and without tables that the store of the library has made itself."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect

from agent.adapters.migrations import upgrade
from corpora.store import CorpusStore
from corpora.tables import METADATA
from tests.unit.agent.adapters.migrations.conftest import AtStep


@pytest.mark.parametrize("made", [True, False])
async def test_the_tables_of_the_library_are_there_afterwards(at_step: AtStep, made: bool):
    async with at_step("0003") as engine:
        if made:
            await CorpusStore(engine).open()
        async with engine.begin() as connection:
            await connection.run_sync(upgrade, "0004")
            names = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
        assert set(METADATA.tables) <= names
