"""A copy of the service's state that has no records and threads, so that what is measured on it leaves no trace."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

PATIENCE: Final = 10.0
"""Seconds that a database may be busy before it is copied as it is."""
_NOT_COPIED: Final = ("records.db*", "threads.db*", "*-journal", "*-wal", "*-shm")


def copy_state(data_dir: Path, copy: Path) -> None:
    """``copy``, which must not exist yet, holds the state in ``data_dir``; nothing where there is none."""
    if data_dir.is_dir():
        shutil.copytree(data_dir, copy, ignore=shutil.ignore_patterns(*_NOT_COPIED), copy_function=_copied)


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
