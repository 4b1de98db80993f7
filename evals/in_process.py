"""The service inside this process, on a copy of its state, so that what is measured leaves no trace."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final

from agent import bootstrap
from agent.settings import Settings
from evals.errors import TargetError

PATIENCE: Final = 10.0
"""Seconds that a database may be busy before it is copied as it is."""
_NOT_COPIED: Final = ("records.db*", "threads.db*", "*-journal", "*-wal", "*-shm")


@asynccontextmanager
async def opened_copy(settings: Settings) -> AsyncIterator[bootstrap.Service]:
    """The service with these settings on a copy of its state; the copy is gone afterwards.

    Raises:
        TargetError: it serves no guidance, so that what it decides would say nothing about a service that does.
    """
    with tempfile.TemporaryDirectory(prefix="handrail-eval-") as folder:
        async with bootstrap.open_service(_on_a_copy(settings, Path(folder) / "state")) as service:
            guidance = (await service.readiness())["guidance"]
            if not guidance.ok:
                raise TargetError(f"nothing was measured, for the service has no guidance to serve: {guidance.detail}")
            yield service


def _on_a_copy(settings: Settings, state: Path) -> Settings:
    """The settings with a copy of the state that has no records and threads, so that a run leaves no trace in them."""
    if settings.data_dir.is_dir():
        ignore = shutil.ignore_patterns(*_NOT_COPIED)
        shutil.copytree(settings.data_dir, state, ignore=ignore, copy_function=_copied)
    return settings.model_copy(update={"data_dir": state, "database_url": None})


def _copied(source: str, destination: str) -> None:
    """A database is copied by its library, for a running service may be writing to it; one that cannot be read, or is locked
    for long, is copied as it is, for the copy to say what is wrong with it."""
    if source.endswith(".sqlite"):
        started = time.monotonic()

        def patient(_: int, __: int, ___: int) -> None:
            if time.monotonic() - started > PATIENCE:
                raise TimeoutError

        try:
            with (
                closing(sqlite3.connect(f"{Path(source).absolute().as_uri()}?mode=ro", uri=True)) as old,
                closing(sqlite3.connect(destination)) as new,
            ):
                old.backup(new, pages=1_000, progress=patient, sleep=0.05)
            return
        except (sqlite3.Error, TimeoutError):
            Path(destination).unlink(missing_ok=True)
    shutil.copy2(source, destination)
