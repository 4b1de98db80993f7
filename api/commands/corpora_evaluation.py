"""``handrail corpora evaluate``."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from retrieval.measure import Estimate


def evaluate(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[TOPICS DOCS QRELS]", help="A test set in TREC form.")
    ] = None,
    judged: Annotated[
        Path | None,
        typer.Option(help="Folder of requests with the right documents of the library, e.g. evals/retrieval."),
    ] = None,
    language: Annotated[list[str] | None, typer.Option(help="Only these languages; may be repeated.")] = None,
) -> None:
    """Measure how well guidance is found, with 95% intervals: on a test set, or with --judged on our own library."""
    from agent.bootstrap import open_embedder
    from agent.settings import Settings
    from api.commands.errors import CommandError
    from retrieval.embedding.cache import CachedEmbedder

    if (judged is None) == (not files) or (files and len(files) != 3):
        raise CommandError("give the three files TOPICS DOCS QRELS, or --judged FOLDER")
    settings = Settings.from_env()
    embedder = CachedEmbedder(open_embedder(settings), settings.data_dir / "cache" / "embeddings.sqlite")
    if judged is not None:
        from corpora.library import BUNDLED_LIBRARY, load_library
        from evals.guidance import evaluate_judged, read_judged

        library = load_library(settings.library_dir or BUNDLED_LIBRARY)
        requests = read_judged(judged, {document.id for document in library.documents})
        chosen = [each for each in requests if not language or each.language in language]
        if not chosen:
            raise CommandError(f"{judged}: no request in `{', '.join(language or ())}`")
        found = asyncio.run(evaluate_judged(chosen, library, embedder, datetime.now(UTC).date()))
        for name, of in sorted(found.items()):
            typer.echo(f"{name}: {of.covered} covered requests, {of.uncovered} that nothing covers")
            for label, value in zip(of._fields, of, strict=True):
                if not isinstance(value, int):
                    typer.echo(f"  {label.replace('_', ' '):<20} {_shown(value)}")
        return
    from evals.guidance import evaluate_set
    from retrieval.measure import load_test_set

    tests = load_test_set(*(files or ()))
    if language:
        tests = tests._replace(topics=tuple(topic for topic in tests.topics if topic.language in language))
    results = asyncio.run(evaluate_set(tests, embedder))
    if not results:
        raise CommandError(f"no judged topic in `{', '.join(language or ())}`")
    for system, by_language in results.items():
        for name, figures in sorted(by_language.items()):
            typer.echo(f"{system} {name}: {figures.topics} topics")
            for label, value in zip(figures._fields[1:], figures[1:], strict=True):
                typer.echo(f"  {label.replace('_', ' '):<20} {_shown(value)}")


def _shown(value: Estimate | None) -> str:
    return "-" if value is None else f"{value.mean:.3f} [{value.low:.3f}, {value.high:.3f}]"
