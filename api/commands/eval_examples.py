"""``handrail eval examples``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.errors import CommandError

if TYPE_CHECKING:
    from agent.settings import Settings


def examples(
    output: Annotated[Path, typer.Option(dir_okay=False, help="File for the page.")] = Path("evals/EXAMPLES.md"),
) -> None:
    """Print a page of replies as a person reads them: one for each action in each language, without a model."""
    from agent.settings import Settings
    from api.commands.logs import configure_logging

    if not output.parent.is_dir():
        raise CommandError(f"folder `{output.parent}` does not exist; name a file in one that does with --output")
    configure_logging("error")
    settings = Settings.from_env().model_copy(update={"model": "none", "models_file": None})
    text = asyncio.run(_page(settings))
    output.write_text(text, encoding="utf-8")
    typer.echo(f"{output}: {len(text.splitlines())} lines")


async def _page(settings: Settings) -> str:
    from evals.examples import page, read_examples, replies
    from evals.in_process import opened_copy

    async with opened_copy(settings) as service:
        return page(await replies(read_examples(), service.runner))
