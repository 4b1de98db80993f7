"""Databases as an earlier release left them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.adapters import database
from agent.adapters.migrations import upgrade
from agent.settings import Settings

AtStep = Callable[[str], AbstractAsyncContextManager[AsyncEngine]]


@pytest.fixture
def at_step(storage: Settings) -> AtStep:
    """Opens an empty database with the schema of a step."""

    @asynccontextmanager
    async def opened(step: str) -> AsyncIterator[AsyncEngine]:
        storage.data_dir.mkdir(exist_ok=True)
        url = database.database_url(storage)
        engine = database._postgres(url) if url else database._sqlite(storage.data_dir / database.DATABASE)
        async with engine.begin() as connection:
            await connection.run_sync(upgrade, step)
        yield engine
        await engine.dispose()

    return opened
