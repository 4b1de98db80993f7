"""``handrail config``."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def show(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """The settings in force, secrets hidden; an unknown or wrong one is an error that names it."""
    from agent.settings import PREFIX, Settings

    settings = Settings.from_env()
    values = settings.public()
    if as_json:
        typer.echo(json.dumps(values, default=str, indent=2))
        return
    defaults = Settings()
    for name, value in values.items():
        changed = getattr(settings, name) != getattr(defaults, name)
        typer.echo(f"{PREFIX + name.upper()}={'' if value is None else value}{'' if changed else '  (default)'}")
