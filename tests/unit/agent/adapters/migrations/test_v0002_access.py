"""From the schema of the records alone."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text

from agent.access import issue
from agent.adapters.database import open_database
from agent.adapters.keys_sql import SqlKeys
from agent.adapters.migrations import current, upgrade
from agent.settings import Settings


async def test_a_database_without_keys_gets_their_table(storage: Settings):
    async with open_database(storage) as engine:
        async with engine.begin() as connection:  # back to the step before
            for statement in ("DROP TABLE api_keys", "UPDATE alembic_version SET version_num = '0001'"):
                await connection.execute(text(statement))
            await connection.run_sync(upgrade, "0002")
            assert await connection.run_sync(current) == "0002"
        keys = SqlKeys(engine)
        key = issue("n", tenant="t", scopes=["chat"], now=datetime.now(UTC)).key
        await keys.add(key)
        assert await keys.all() == [key]
