"""A store with guidance, built once, and a way to make worlds over it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tests.acceptance.world import SwitchableStore, World, indexed


@pytest.fixture(scope="session")
def _indexed() -> SwitchableStore:
    return asyncio.run(indexed())


@pytest.fixture
def store(_indexed: SwitchableStore) -> SwitchableStore:
    """The store that serves the guidance, in reach."""
    _indexed.down = False
    return _indexed


@pytest.fixture
async def world(store: SwitchableStore) -> AsyncIterator[Callable[..., World]]:
    """Makes worlds; their turns have ended afterwards."""
    made: list[World] = []

    def make(**parts: object) -> World:
        made.append(World(store, **parts))
        return made[-1]

    yield make
    for each in made:
        await each.runner.close()
