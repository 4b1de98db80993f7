"""``handrail bench``."""

from __future__ import annotations

from typing import Annotated

import typer


def gate(
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="Times that every request is sent.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure whole turns on a server of its own, on a copy of the state: nothing of yours is touched."""
    import json

    from agent.settings import Settings
    from api.commands.benchmark import measure
    from api.commands.progress import progress_bar

    settings = Settings.from_env()
    with progress_bar("turns") as progress:
        figures = measure(settings, rounds, progress)
    if as_json:
        typer.echo(json.dumps(figures.as_dict(), indent=2))
        return
    from rich.console import Console

    Console(highlight=False).print(figures.table())
