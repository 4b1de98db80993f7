"""From the schema of the records alone."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import inspect

from agent.access import issue
from agent.adapters.keys_sql import SqlKeys
from agent.adapters.migrations import upgrade
from tests.unit.agent.adapters.migrations.conftest import AtStep


async def test_a_database_without_keys_gets_their_table(at_step: AtStep):
    async with at_step("0001") as engine:
        async with engine.begin() as connection:
            assert not await connection.run_sync(lambda c: inspect(c).has_table("api_keys"))
            await connection.run_sync(upgrade, "0002")
        keys = SqlKeys(engine)
        key = issue("n", tenant="t", scopes=["chat"], now=datetime.now(UTC)).key
        await keys.add(key)
        assert await keys.all() == [key]
