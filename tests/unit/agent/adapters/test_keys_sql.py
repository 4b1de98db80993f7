"""Keys in a database that is not there any more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from agent.access import issue
from agent.adapters.database import open_database
from agent.adapters.keys_sql import SqlKeys
from agent.errors import RecordsUnavailable
from agent.settings import Settings


async def test_every_call_says_that_the_keys_cannot_be_reached(storage: Settings):
    now = datetime.now(UTC)
    async with open_database(storage) as engine:
        async with engine.begin() as connection:
            await connection.execute(text("DROP TABLE api_keys"))
        keys = SqlKeys(engine)
        key = issue("n", tenant="t", scopes=["chat"], now=now).key
        for call in (keys.add(key), keys.get("x"), keys.all(), keys.expire("x", now, revoke=True)):
            with pytest.raises(RecordsUnavailable, match="keys cannot be reached"):
                await call
