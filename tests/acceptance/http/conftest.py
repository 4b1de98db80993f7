"""Live servers over worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.acceptance.http.installation import install
from tests.acceptance.http.live import Live
from tests.acceptance.world import SwitchableStore


@pytest.fixture
def live(store: SwitchableStore) -> Iterator[Callable[..., Live]]:
    """Starts servers; they are stopped afterwards."""
    started: list[Live] = []

    def start(**parts: object) -> Live:
        started.append(Live(store, parts))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a small installation on disk."""
    return install(tmp_path_factory.mktemp("installation"))
