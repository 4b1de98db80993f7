"""``handrail policies``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def lint(
    directory: Annotated[
        Path | None, typer.Argument(help="Folder of policies [default: setting policies_dir, else the bundled ones].")
    ] = None,
) -> None:
    """Load the policies; every fault is named with file and line."""
    from agent.settings import Settings
    from policies.loader import load_policies

    loaded = load_policies(directory or Settings.from_env().policies_dir)
    typer.echo(
        f"{len(loaded.rules)} rules, {len(loaded.rationales)} rationales, {len(loaded.disclaimers)} disclaimers; "
        f"version {loaded.version}"
    )
