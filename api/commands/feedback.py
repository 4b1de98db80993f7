"""``handrail feedback``: what people say of turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.commands.office import in_office

if TYPE_CHECKING:
    from agent.feedback import Said
    from agent.office import BackOffice

_SHOWN: Final = 20


def report(
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """What people said, by rule and by cited document, the worst first."""

    async def reported(office: BackOffice) -> None:
        found = await office.feedback().report(tenant)
        if as_json:
            typer.echo(found.model_dump_json(indent=2))
            return
        typer.echo(f"{found.turns:,} turns with feedback: {_counts(found.verdicts)}")
        for title, said in (("rule", found.rules), ("document", found.documents)):
            for each in said[:_SHOWN]:
                typer.echo(_line(title, each))

    in_office(reported)


def _line(title: str, said: Said) -> str:
    return f"{title:<9} {said.name:<44} wrong {said.wrong:>4.0%} of {said.turns:>5,}  {_counts(said.verdicts)}"


def _counts(verdicts: dict[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in verdicts.items()) or "none"
