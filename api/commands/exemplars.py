"""``handrail risk exemplars``: requests that correct the risk model at once.

Running services on the same data directory follow within two seconds.
"""

from __future__ import annotations

import asyncio
import getpass
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.commands.errors import CommandError
from api.commands.progress import progress_bar

if TYPE_CHECKING:
    from agent.risk.exemplars import Exemplar
    from agent.settings import Settings

MOST_SHOWN: Final = 50

Text = Annotated[str | None, typer.Argument(help="The request, in words of your own; `--file` takes many.")]
Unsafe = Annotated[
    bool | None, typer.Option("--unsafe/--safe", help="It slipped through (unsafe), or was a false alarm (safe).")
]
FacetName = Annotated[str | None, typer.Option("--facet", help="What it is about, where that was judged wrong too.")]
HazardNames = Annotated[
    list[str] | None, typer.Option("--hazard", help="A hazard that an unsafe one has; may be repeated.")
]
Attack = Annotated[bool, typer.Option("--prompt-attack", help="It attacks the assistant itself.")]
Id = Annotated[str | None, typer.Option("--id", help="Its id [default: from the text].")]
File = Annotated[
    Path | None,
    typer.Option("--file", exists=True, dir_okay=False, help="JSON Lines with id, text, unsafe, facet?, hazards?, ..."),
]
Tenant = Annotated[str, typer.Option(help="Whose exemplars.")]
Actor = Annotated[str, typer.Option(help="Who does this [default: the user of this machine].")]


def add(
    text: Text = None,
    unsafe: Unsafe = None,
    facet: FacetName = None,
    hazard: HazardNames = None,
    prompt_attack: Attack = False,
    id_: Id = None,
    note: Annotated[str, typer.Option(help="Why, for those who look at it later.")] = "",
    file: File = None,
    tenant: Tenant = "default",
    actor: Actor = "",
) -> None:
    """Add exemplars. A service that runs follows within two seconds."""
    from agent.bootstrap import exemplar_folder

    settings = _settings()
    new = _given(text, unsafe, facet, hazard, prompt_attack, id_, note, file)
    asyncio.run(_require_heard(new, settings))
    version = exemplar_folder(settings).add(tenant, new, actor=actor or getpass.getuser(), now=datetime.now(UTC))
    typer.echo(f"{', '.join(exemplar.id for exemplar in new[:10])}: tenant {tenant} is at version {version}")


def remove(
    ids: Annotated[list[str], typer.Argument(help="Ids, as `list` shows them.")],
    tenant: Tenant = "default",
    actor: Actor = "",
) -> None:
    """Remove exemplars. A service that runs follows within two seconds."""
    from agent.bootstrap import exemplar_folder

    folder = exemplar_folder(_settings())
    version = folder.remove(tenant, ids, actor=actor or getpass.getuser(), now=datetime.now(UTC))
    typer.echo(f"tenant {tenant} is at version {version}")


def show(
    tenant: Tenant = "default",
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines, as `add --file` takes them.")] = False,
) -> None:
    """List the exemplars of a tenant; with `--json` this is the export."""
    from rich.console import Console
    from rich.table import Table

    from agent.bootstrap import exemplar_folder
    from agent.risk.exemplars import line_of, version_of

    exemplars = exemplar_folder(_settings()).read(tenant)
    if as_json:
        for exemplar in exemplars:
            typer.echo(line_of(exemplar))
        return
    table = Table("id", "label", "facet", "hazards", "text", "note", box=None, header_style="bold")
    for exemplar in exemplars:
        hazards = ", ".join(exemplar.hazards)
        table.add_row(exemplar.id, exemplar.label, exemplar.facet or "", hazards, exemplar.text[:80], exemplar.note)
    if exemplars:
        Console(highlight=False).print(table)
    typer.echo(f"tenant {tenant}: {len(exemplars)} exemplars, version {version_of(exemplars)}")


def preview(
    text: Text = None,
    unsafe: Unsafe = None,
    facet: FacetName = None,
    hazard: HazardNames = None,
    prompt_attack: Attack = False,
    file: File = None,
    against: Annotated[
        list[Path] | None,
        typer.Option("--against", exists=True, help="Requests to try it on: JSON Lines with text [default: our own]."),
    ] = None,
    tenant: Tenant = "default",
) -> None:
    """Show what else would change if these exemplars were added to those of the tenant. Nothing is added."""
    from rich.console import Console
    from rich.table import Table

    from api.commands.exemplar_preview import requests_in, try_on

    settings = _settings()
    new = _given(text, unsafe, facet, hazard, prompt_attack, "preview" if text else None, "", file)
    asyncio.run(_require_heard(new, settings))
    with progress_bar("requests") as progress:
        found = asyncio.run(try_on(new, requests_in(against), settings, tenant, progress))
    table = Table("id", "similarity", "unsafe", "action", "text", box=None, header_style="bold")
    for change in found.changes[:MOST_SHOWN]:
        table.add_row(
            change.id,
            f"{change.similarity:.2f}",
            f"{change.before.unsafe:.2f} -> {change.after.unsafe:.2f}",
            _arrow(change.before.action, change.after.action),
            change.text[:80],
        )
    if found.changes:
        Console(highlight=False).print(table)
    turned = sum(change.before.action != change.after.action for change in found.changes)
    typer.echo(
        f"{found.tried} requests: {len(found.changes)} would score otherwise, {turned} would be decided otherwise"
    )


def measure(
    target: Annotated[
        Path | None, typer.Option("--output", dir_okay=False, help="Also write the figures as JSON.")
    ] = None,
) -> None:
    """Measure on our own labelled requests how far an exemplar carries, and what a wrong one could do."""
    from rich.console import Console
    from rich.table import Table

    from agent.bootstrap import open_judging
    from agent.perception import see
    from agent.risk.evaluate import assess_all
    from agent.risk.examples import own_examples
    from agent.risk.labels import Example
    from agent.risk.reach import Carried
    from agent.risk.reach import measure as measured

    settings = _settings()

    async def run() -> list[Carried]:
        async with open_judging(settings) as judging:

            def score(examples: list[Example]) -> list[float]:
                return [risk.unsafe for risk in assess_all(examples, judging.judge, see)]

            with progress_bar("texts") as progress:
                weight = settings.exemplar_weight
                return measured(own_examples(), judging.remembering, lambda e: score(list(e)), weight, progress)

    rows = asyncio.run(run())
    if target is not None:
        target.write_text(json.dumps([row._asdict() for row in rows], indent=1) + "\n", encoding="utf-8")
    table = Table(*Carried._fields, box=None, header_style="bold")
    for row in rows:
        table.add_row(*(f"{value:.3f}" if isinstance(value, float) else str(value) for value in row))
    Console(highlight=False).print(table)


def _given(
    text: str | None,
    unsafe: bool | None,
    facet: str | None,
    hazards: list[str] | None,
    prompt_attack: bool,
    id_: str | None,
    note: str,
    file: Path | None,
) -> list[Exemplar]:
    """The exemplars that the arguments describe."""
    from pydantic import ValidationError

    from agent.risk.exemplars import Exemplar, id_of, read_exemplars

    if (text is None) == (file is None):
        raise CommandError("give either the text of a request, or `--file` with many")
    if file is not None:
        exemplars = list(read_exemplars(file))
        if not exemplars:
            raise CommandError(f"`{file}` holds no exemplars; expected one JSON object a line")
        return exemplars
    if unsafe is None or text is None:
        raise CommandError("say `--safe` (it was a false alarm) or `--unsafe` (it slipped through)")
    values = {
        "id": id_ or id_of(text),
        "text": text,
        "unsafe": unsafe,
        "facet": facet,
        "hazards": tuple(hazards or ()),
        "prompt_attack": prompt_attack,
        "note": note,
    }
    try:
        return [Exemplar.model_validate(values)]
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][0]).replace("hazards", "hazard").replace("_", "-")
        raise CommandError(f"`{option}` is `{str(first.get('input'))[:80]}`: {first['msg'].lower()}") from error


async def _require_heard(exemplars: list[Exemplar], settings: Settings) -> None:
    """No safe exemplar is about a core hazard, where it would never be heard.

    Raises:
        CommandError: one is.
    """
    from agent.bootstrap import open_judging
    from agent.perception import see
    from agent.risk.adjust import CORE, is_core

    safe = [exemplar for exemplar in exemplars if not exemplar.unsafe]
    if not safe:
        return
    async with open_judging(settings) as judging:
        for exemplar in safe:
            (risk,) = judging.judge.judge([see(exemplar.text)], [()])
            if is_core(risk):
                scores = ", ".join(f"{h.id} {h.score:.2f}" for h in risk.hazards if h.id in CORE)
                raise CommandError(
                    f"exemplar `{exemplar.id}` would never be heard: requests about a core hazard are not loosened by "
                    f"exemplars ({scores}; signals: {', '.join(risk.signals) or 'none'}); report it as a false alarm to "
                    "those who train the model"
                )


def _arrow(before: str, after: str) -> str:
    return before if before == after else f"{before} -> {after}"


def _settings() -> Settings:
    from agent.settings import Settings

    return Settings.from_env()
