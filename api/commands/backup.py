"""``handrail backup``: a copy of what cannot be rebuilt, taken while a service may be running."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.commands.errors import CommandError

if TYPE_CHECKING:
    from agent.settings import Settings

DATABASES: Final = ("threads.db", "records.db")
"""Conversations first: whatever is in their copy is on record in the copy of the records."""
KEPT: Final = ("secret.key", "policies", "exemplars")
"""Besides the databases; models, caches and the index are made again."""


def backup(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where to; must be empty or new.")],
) -> None:
    """Copy records, conversations, cases, keys, guidance, policies and the secret; restore by copying them back.

    With PostgreSQL the database itself is saved with its own tools (pg_dump), and this copies the rest.
    """
    from agent.settings import Settings
    from api.commands.logs import configure_logging

    settings = Settings.from_env()
    configure_logging(settings.log_level)
    if folder.exists() and any(folder.iterdir()):
        raise CommandError(f"`{folder}` is not empty; a backup never writes over another one")
    if not settings.data_dir.is_dir():
        raise CommandError(f"there is no state at `{settings.data_dir}` (setting HANDRAIL_DATA_DIR)")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in DATABASES if settings.database_url is None else ():
        if (settings.data_dir / name).exists():
            copy_database(settings.data_dir / name, folder / name)
    for name in KEPT:
        source = settings.data_dir / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        elif source.exists():
            shutil.copy2(source, folder / name)
    if settings.database_url is not None:
        typer.echo("the database is PostgreSQL: save it with pg_dump, after this", err=True)
    else:
        typer.echo(asyncio.run(_checked(settings, folder)))


def copy_database(source: Path, target: Path) -> None:
    """A whole copy of a SQLite database, as of one moment, whoever is writing to it."""
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)


async def _checked(settings: Settings, folder: Path) -> str:
    """Opens the copy as a service would.

    Raises:
        CommandError: its chain is broken, as that of the original must be.
    """
    from agent.audit_report import verify_chain
    from agent.office import open_back_office

    async with open_back_office(settings.model_copy(update={"data_dir": folder})) as office:
        found = await verify_chain(office.records, office.sealer.secret)
    if found.breaks:
        first = found.breaks[0]
        raise CommandError(f"the copy is at `{folder}`, but its chain is broken: record {first.seq}: {first.problem}")
    return f"{found.checked:,} records in {folder}: the chain holds"
