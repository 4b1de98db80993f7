"""Runs of evaluations: what has no result yet is measured, then the figures of the whole run are shown."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import typer

from api.commands.errors import CommandError
from api.commands.eval_targets import IN_PROCESS, opened_target
from api.commands.progress import Advance, progress_bar

if TYPE_CHECKING:
    from agent.settings import Settings
    from evals.outcomes import Outcome, Run
    from evals.scenario import Scenario

EXIT_STOPPED: Final = 130
"""The user stopped it, as shells say it."""
_SHOWN: Final = 15
"""Serious faults on a terminal; the report has all."""


class Plan(NamedTuple):
    """How scenarios are run."""

    output: Path
    kind: Literal["scenarios", "turns"] = "scenarios"
    concurrency: int = 4
    target: str = IN_PROCESS
    model: str | None = None
    key_env: str | None = None
    cached: bool = True
    """Take outcomes that an earlier run of the same set-up had."""


class Taken(NamedTuple):
    """Results that did not have to be measured."""

    resumed: int
    cached: int


def measure(chosen: Sequence[Scenario], plan: Plan) -> None:
    """Run what has no result in the folder yet, then show the figures of the whole run.

    Raises:
        CommandError: the target went away; what is done is kept.
    """
    from agent.settings import Settings
    from api.commands.logs import configure_logging
    from evals.errors import TargetDown
    from evals.outcomes import read_run

    if twice := [name for name, count in Counter(scenario.id for scenario in chosen).items() if count > 1]:
        raise CommandError(f"id `{twice[0]}` is given twice; results are kept by id")
    configure_logging("error")
    again = f"what is done is kept in {plan.output}: run the same command again to go on"
    try:
        with progress_bar("scenarios") as progress:
            taken = asyncio.run(_run(Settings.from_env(), chosen, plan, progress))
    except KeyboardInterrupt:
        typer.echo(f"stopped; {again}", err=True)
        raise typer.Exit(EXIT_STOPPED) from None
    except TargetDown as error:
        raise CommandError(f"{error}; {again}") from error
    if taken.resumed:
        typer.echo(f"{taken.resumed} results were there already")
    if taken.cached:
        typer.echo(f"{taken.cached} results of an earlier run of the same set-up; --fresh measures them again")
    show(read_run(plan.output))
    typer.echo(f"results: {plan.output}; `handrail eval report {plan.output}` writes a report")


async def _run(settings: Settings, chosen: Sequence[Scenario], plan: Plan, progress: Advance) -> Taken:
    from evals.cache import OutcomeCache
    from evals.drive import run_scenarios
    from evals.outcomes import RESULTS, Manifest, append_outcome, begin_run

    async with opened_target(settings, plan.target, model=plan.model, key_env=plan.key_env) as opened:
        manifest = Manifest(
            kind=plan.kind,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            setup=opened.setup,
            planned=tuple(scenario.id for scenario in chosen),
        )
        resumed = begin_run(plan.output, manifest, chosen)
        left = _without(chosen, resumed)
        cache = OutcomeCache(settings.data_dir / "cache" / "evals", opened.setup) if opened.cacheable else None
        known = cache.known(left) if cache and plan.cached else []
        for outcome in known:
            append_outcome(plan.output / RESULTS, outcome)
        count = len(resumed) + len(known)
        left = _without(left, known)
        async for outcome in run_scenarios(left, opened.target, concurrency=plan.concurrency):
            append_outcome(plan.output / RESULTS, outcome)
            if cache:
                cache.add(outcome)
            count += 1
            progress(count, len(chosen))
    return Taken(len(resumed), len(known))


def _without(scenarios: Sequence[Scenario], outcomes: Sequence[Outcome]) -> list[Scenario]:
    done = {outcome.id for outcome in outcomes}
    return [scenario for scenario in scenarios if scenario.id not in done]


def show(run: Run) -> None:
    """The figures and the serious faults on a terminal."""
    from rich.console import Console
    from rich.table import Table

    from evals.metrics import MEASURES, MINIMUM, figures, sliced
    from evals.report.summary import fault_of, shown

    whole = figures(run.outcomes)
    parts = {key[0]: figures(part) for key, part in sliced(run.outcomes, ("domain",)).items()}
    table = Table("measure", "all", *parts, box=None, header_style="bold")
    for name, measure in MEASURES.items():
        cells = (f"{p[name].value:.0%}" if p[name].n >= MINIMUM else "-" for p in parts.values())
        table.add_row(measure.title, shown(whole[name]), *cells)
    console = Console(highlight=False)
    console.print(table)
    serious: list[Outcome] = [outcome for outcome in run.outcomes if outcome.serious or outcome.error is not None]
    for outcome in serious[:_SHOWN]:
        console.print(f"! {outcome.id}: {fault_of(outcome)}", markup=False, soft_wrap=True)
    if len(serious) > _SHOWN:
        console.print(f"and {len(serious) - _SHOWN} more serious faults")
