"""``handrail eval candidates``: scenarios to accept or drop, from what people and reviewers said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.errors import CommandError
from api.commands.office import in_office

if TYPE_CHECKING:
    from agent.office import BackOffice


def candidates(
    out: Annotated[Path, typer.Argument(file_okay=False, help="Folder to write; must be empty or new.")],
    tenant: Annotated[str | None, typer.Option(help="Only turns of this tenant.")] = None,
) -> None:
    """Write turns that were called wrongly refused or overturned as candidate scenarios, redacted.

    Look at each: keep it, reword it or drop it, then move the file into a folder of scenarios and run `handrail eval lint`.
    """
    from evals.candidates import find_candidates, write_candidates

    if out.is_dir() and any(out.iterdir()):
        raise CommandError(f"`{out}` is not empty; what was edited there is not overwritten, so name another folder")

    async def written(office: BackOffice) -> None:
        found = await find_candidates(office.records, office.sealer, tenant)
        for path in write_candidates(found.scenarios, out):
            typer.echo(str(path))
        unreadable = f"; {found.unreadable:,} more were erased or never kept" if found.unreadable else ""
        typer.echo(f"{len(found.scenarios):,} candidates{unreadable}", err=True)

    in_office(written)
