"""What every ``Keys`` promises: keys come back as they were, and what has ended stays ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.access import ApiKey, issue
from agent.adapters.database import open_database
from agent.adapters.keys_memory import MemoryKeys
from agent.adapters.keys_sql import SqlKeys
from agent.ports import Keys
from agent.settings import Settings

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def key(hours: int = 0, **changes: object) -> ApiKey:
    made = issue("chat ☎", tenant="acme", scopes=["chat", "review"], now=NOW + timedelta(hours=hours)).key
    return made.model_copy(update=changes)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.service)])
async def keys(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Keys]:
    if request.param == "memory":
        yield MemoryKeys()
        return
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    async with open_database(Settings.model_validate({"data_dir": tmp_path, "database_url": url})) as engine:
        yield SqlKeys(engine)


async def test_keys_come_back_as_they_were_oldest_first(keys: Keys):
    later = key(1, rate_limit="5/second", expires_at=NOW + timedelta(days=1))
    earlier = key(0)
    for each in (later, earlier):
        await keys.add(each)
    assert await keys.all() == [earlier, later]
    assert await keys.get(later.id) == later


async def test_an_unknown_key_is_none(keys: Keys):
    assert await keys.get("nobody") is None
    assert await keys.get("'; DROP TABLE api_keys; --") is None
    assert not await keys.expire("nobody", NOW, revoke=True)
    assert await keys.all() == []


async def test_a_revoked_key_stays_revoked(keys: Keys):
    made = key()
    await keys.add(made)
    assert await keys.expire(made.id, NOW, revoke=True)
    assert not await keys.expire(made.id, NOW + timedelta(days=1), revoke=True)
    assert not await keys.expire(made.id, NOW + timedelta(days=1), revoke=False)
    found = await keys.get(made.id)
    assert found is not None
    assert found.revoked_at == NOW


async def test_an_expiry_can_only_come_nearer(keys: Keys):
    made = key(expires_at=NOW + timedelta(hours=2))
    await keys.add(made)
    assert not await keys.expire(made.id, NOW + timedelta(hours=3), revoke=False)
    assert await keys.expire(made.id, NOW + timedelta(hours=1), revoke=False)
    found = await keys.get(made.id)
    assert found is not None
    assert found.expires_at == NOW + timedelta(hours=1)
