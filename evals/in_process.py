"""The service inside this process, on a copy of its state, so that what is measured leaves no trace."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from agent import bootstrap
from agent.settings import Settings

_NOT_COPIED: Final = ("records.db*", "threads.db*")


@asynccontextmanager
async def opened_copy(settings: Settings) -> AsyncIterator[bootstrap.Service]:
    """The service with these settings on a copy of its state; the copy is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="handrail-eval-") as folder:
        async with bootstrap.open_service(_on_a_copy(settings, Path(folder) / "state")) as service:
            yield service


def _on_a_copy(settings: Settings, state: Path) -> Settings:
    """The settings with a copy of the state that has no records and threads, so that a run leaves no trace in them."""
    if settings.data_dir.is_dir():
        shutil.copytree(settings.data_dir, state, ignore=shutil.ignore_patterns(*_NOT_COPIED))
    return settings.model_copy(update={"data_dir": state, "database_url": None})
