"""``handrail corpora``."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

_DOCUMENT: Final = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)+(?:@[0-9a-f]+)?$")

if TYPE_CHECKING:
    from agent.settings import Settings
    from corpora.findings import Finding
    from retrieval.models import SearchFilter, SearchResult
    from retrieval.publisher import Ensured


def lint(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="[FOLDER|DOC[@REV]]",
            help="Folder of documents, or a stored document [default: setting library_dir, else the bundled ones].",
        ),
    ] = None,
    errors_only: Annotated[bool, typer.Option("--errors", help="Only what must not be published.")] = False,
) -> None:
    """Check documents; every fault is named with file and line. Warnings are for an editor to look at."""
    from agent.settings import Settings
    from corpora.library import BUNDLED_LIBRARY, load_library
    from corpora.lint import lint_loaded

    stored = target is not None and _DOCUMENT.match(target) is not None and not Path(target).exists()
    if target is not None and stored:
        findings, documents = asyncio.run(_lint_stored(Settings.from_env(), target)), 1
    else:
        library = load_library(Path(target) if target else Settings.from_env().library_dir or BUNDLED_LIBRARY)
        findings, documents = lint_loaded(library, today=datetime.now(UTC).date()), len(library.documents)
    faults = [finding for finding in findings if finding.level == "error"]
    for finding in faults if errors_only else findings:
        typer.echo(str(finding), err=True)
    typer.echo(f"{documents} documents, {len(faults)} errors, {len(findings) - len(faults)} warnings")
    if faults:
        raise typer.Exit(1)


async def _lint_stored(settings: Settings, name: str) -> list[Finding]:
    from agent.bootstrap import open_desk
    from corpora.curation import split_name

    async with open_desk(settings) as desk:
        return await desk.curation.lint(*split_name(name))


def index(
    force: Annotated[bool, typer.Option(help="Build a new release even when nothing changed.")] = False,
) -> None:
    """Publish the guidance: build what changed, then serve it as one release."""
    from agent.settings import Settings
    from api.commands.logs import configure_logging

    settings = Settings.from_env()
    configure_logging("warning")
    release, problems = asyncio.run(_index(settings, force=force))
    typer.echo(f"release {release.id}: {len(release.documents)} documents, {release.sections} sections")
    for skipped in problems:
        typer.echo(f"skipped {skipped}", err=True)


async def _index(settings: Settings, *, force: bool) -> Ensured:
    from agent.bootstrap import open_desk, publish_library
    from api.commands.progress import progress_bar

    async with open_desk(settings) as desk:
        with progress_bar("sections") as progress:
            return await publish_library(settings, desk, progress=progress, force=force)


def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    domain: Annotated[list[str] | None, typer.Option(help="medical, security or licensing; may be repeated.")] = None,
    language: Annotated[str, typer.Option(help="Language of the guidance; English stands in.")] = "en",
    jurisdiction: Annotated[str | None, typer.Option(help="ISO 3166 code, e.g. MX.")] = None,
    audience: Annotated[str, typer.Option(help="public, professional or minor.")] = "public",
    limit: Annotated[int, typer.Option(min=1, max=50, help="Sections at most.")] = 8,
) -> None:
    """Search the served release as a turn would, and show the scores."""
    from agent.settings import Settings
    from api.commands.logs import configure_logging
    from retrieval.models import SearchFilter

    settings = Settings.from_env()
    configure_logging("error")
    where = SearchFilter(
        domains=tuple(domain) if domain else None,
        languages=tuple(dict.fromkeys((language, "en"))),
        jurisdiction=jurisdiction,
        audience=audience,
        today=datetime.now(UTC).date(),
    )
    _show(asyncio.run(_search(settings, query, where, limit)))


async def _search(settings: Settings, query: str, where: SearchFilter, limit: int) -> SearchResult:
    from agent.bootstrap import ensure_release, open_desk

    async with open_desk(settings) as desk:
        await ensure_release(settings, desk)
        return await desk.search(query, where, limit)


def _show(found: SearchResult) -> None:
    from rich.console import Console
    from rich.table import Table

    if not found.hits:
        typer.echo(f"nothing found: best score {found.best:.3f}, floor {found.floor:.2f} (release {found.release})")
        raise typer.Exit(1)
    table = Table("score", "dense", "lexical", "section", "heading", "locale", box=None, header_style="bold")
    for hit in found.hits:
        table.add_row(
            f"{hit.score:.3f}",
            f"{hit.dense:.3f}",
            f"{hit.lexical:.2f}",
            hit.section.section_id,
            f"{hit.section.title}: {hit.section.heading}",
            hit.section.locale,
        )
    Console(highlight=False).print(table)
    typer.echo(f"release {found.release}, floor {found.floor:.2f}")
