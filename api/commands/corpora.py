"""``handrail corpora``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from agent.settings import Settings
    from retrieval.models import Release, SearchFilter, SearchResult

S = TypeVar("S")


def lint(
    directory: Annotated[
        Path | None, typer.Argument(help="Folder of documents [default: setting library_dir, else the bundled ones].")
    ] = None,
) -> None:
    """Read every guidance document; every fault is named with file and line."""
    from agent.settings import Settings
    from corpora.library import BUNDLED_LIBRARY, load_library

    library = load_library(directory or Settings.from_env().library_dir or BUNDLED_LIBRARY)
    for problem in library.problems:
        typer.echo(str(problem), err=True)
    today = datetime.now(UTC).date()
    expired = [document for document in library.documents if document.meta.review_by < today]
    for document in expired:
        typer.echo(f"{document.path}: expired on {document.meta.review_by}; it is not served", err=True)
    typer.echo(f"{len(library.documents)} documents, {len(expired)} expired, {len(library.problems)} with problems")
    if library.problems:
        raise typer.Exit(1)


def index(
    force: Annotated[bool, typer.Option(help="Build a new release even when nothing changed.")] = False,
) -> None:
    """Publish the guidance: build what changed, then serve it as one release."""
    from agent.settings import Settings
    from api.commands.logs import configure_logging

    settings = Settings.from_env()
    configure_logging("warning")
    release = asyncio.run(_index(settings, force=force))
    typer.echo(f"release {release.id}: {len(release.documents)} documents, {release.sections} sections")
    for skipped in release.skipped:
        typer.echo(f"skipped {skipped}", err=True)


async def _index(settings: Settings, *, force: bool) -> Release:
    from agent.bootstrap import open_embedder, open_store, publish_library
    from api.commands.progress import progress_bar

    embedder = await asyncio.to_thread(open_embedder, settings)
    async with _closed_after(open_store(settings)) as store:
        with progress_bar("sections") as progress:
            return await publish_library(settings, store, embedder, progress=progress, force=force)


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
    from agent.bootstrap import ensure_release, open_embedder, open_store
    from retrieval.search import Searcher

    embedder = await asyncio.to_thread(open_embedder, settings)
    async with _closed_after(open_store(settings)) as store:
        await ensure_release(settings, store, embedder)
        vector = (await asyncio.to_thread(embedder.embed, [query]))[0]
        return await Searcher(store).search(query, vector, where, limit=limit)


@asynccontextmanager
async def _closed_after(store: S) -> AsyncIterator[S]:
    """The store; a connection that it holds is closed afterwards."""
    try:
        yield store
    finally:
        close = getattr(store, "close", None)
        if close is not None:
            await close()


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
