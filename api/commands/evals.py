"""``handrail eval``."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from api.commands.errors import CommandError
from api.commands.progress import Advance, progress_bar

if TYPE_CHECKING:
    from agent.settings import Settings
    from evals.outcomes import Outcome, Run
    from evals.scenario import Scenario

EXIT_BROKEN: Final = 1
"""The gate fails."""
EXIT_STOPPED: Final = 130
"""The user stopped it, as shells say it."""
_SHOWN: Final = 15
"""Serious faults on a terminal; the report has all."""

Output = Annotated[Path, typer.Option(help="Folder for the results; a run that was interrupted goes on there.")]
Concurrency = Annotated[int, typer.Option(min=1, max=64, help="Conversations under way at once.")]


def run(
    output: Output = Path("var/eval"),
    domain: Annotated[list[str] | None, typer.Option(help="Only this domain; may be repeated.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Only scenarios with this tag; may be repeated.")] = None,
    locale: Annotated[list[str] | None, typer.Option(help="Only this locale or language; may be repeated.")] = None,
    scenarios: Annotated[
        Path | None, typer.Option(file_okay=False, help="Folder of scenarios [default: the bundled ones].")
    ] = None,
    turns: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Recorded turns (JSON Lines) instead of scenarios.")
    ] = None,
    concurrency: Concurrency = 4,
) -> None:
    """Run scenarios through the service inside this process, and show the figures."""
    from evals.scenario import select

    found = _turns(turns) if turns else read_bundled_or(scenarios)
    chosen = select(found, domains=domain or (), tags=tag or (), locales=locale or ())
    if not chosen:
        raise CommandError("no scenario is left by --domain, --tag and --locale; loosen them")
    _measure(chosen, output, "turns" if turns else "scenarios", concurrency)


def turns(
    source: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON Lines of recorded turns.")],
    output: Output = Path("var/eval-turns"),
    concurrency: Concurrency = 4,
) -> None:
    """Run recorded turns with expected decisions, and show the figures."""
    _measure(_turns(source), output, "turns", concurrency)


def bench(
    name: Annotated[str, typer.Argument(help="Benchmark, e.g. xstest; `jsonl` for id, text, label, lang.")],
    data: Annotated[Path, typer.Option(help="Its file, as its authors publish it.")],
    output: Annotated[Path | None, typer.Option(help="Folder for the results [default: var/eval-NAME].")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first rows.")] = None,
    concurrency: Concurrency = 4,
) -> None:
    """Run a public benchmark from a file that is already here; nothing is downloaded."""
    from evals.benchmarks import read_benchmark, scenario_of

    chosen = [scenario_of(prompt) for prompt in read_benchmark(name, data)[:limit]]
    _measure(chosen, output or Path(f"var/eval-{name}"), "turns", concurrency)


def report(
    results: Annotated[Path, typer.Argument(file_okay=False, help="Folder of a run.")] = Path("var/eval"),
    output: Annotated[Path | None, typer.Option(help="Folder to write to [default: that of the run].")] = None,
    baseline: Annotated[Path | None, typer.Option(help="Folder of an earlier run to compare with.")] = None,
    gates: Annotated[Path | None, typer.Option(dir_okay=False, help="Limits [default: the bundled ones].")] = None,
) -> None:
    """Write a run as report.html, report.md and report.xml (JUnit)."""
    from evals import report as formats
    from evals.gate import BUNDLED, faults, read_gates
    from evals.outcomes import read_run

    measured = read_run(results)
    earlier = read_run(baseline) if baseline else None
    summary = formats.summarise(
        measured, faults=faults(measured, read_gates(gates or BUNDLED), earlier), baseline=earlier
    )
    folder = output or results
    folder.mkdir(parents=True, exist_ok=True)
    written = {"report.html": formats.html, "report.md": formats.markdown, "report.xml": formats.junit}
    for name, write in written.items():
        (folder / name).write_text(write(summary), encoding="utf-8")
        typer.echo(str(folder / name))


def gate(
    results: Annotated[Path, typer.Argument(file_okay=False, help="Folder of a run.")] = Path("var/eval"),
    baseline: Annotated[Path | None, typer.Option(help="Folder of an earlier run that must not be worse.")] = None,
    gates: Annotated[Path | None, typer.Option(dir_okay=False, help="Limits [default: the bundled ones].")] = None,
) -> None:
    """Check a run against the limits; exit status 1 when something broke."""
    from evals.gate import BUNDLED, faults, read_gates
    from evals.outcomes import read_run

    measured = read_run(results)
    found = faults(measured, read_gates(gates or BUNDLED), read_run(baseline) if baseline else None)
    if not found:
        typer.echo(f"the gate passes: {len(measured.outcomes)} scenarios")
        return
    typer.echo(f"the gate fails: {len(found)} {'fault' if len(found) == 1 else 'faults'}")
    for fault in found:
        typer.echo(f"- {fault}")
    raise typer.Exit(EXIT_BROKEN)


def lint(
    scenarios: Annotated[
        Path | None, typer.Option(file_okay=False, help="Folder of scenarios [default: the bundled ones].")
    ] = None,
    prompts: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Training prompts [default: the bundled ones].")
    ] = None,
) -> None:
    """Check scenarios: format, names, and that none is a near-duplicate of a training prompt."""
    from api.commands.risk import BUNDLED_LABELS
    from evals.duplicates import described, near_duplicates, training_texts

    found = read_bundled_or(scenarios)
    alike = near_duplicates(found, training_texts(prompts or BUNDLED_LABELS))
    if alike:
        raise CommandError(f"{len(alike)} messages are like training prompts\n{described(alike)}")
    typer.echo(f"{len(found)} scenarios are valid, none is like a training prompt")


def read_bundled_or(root: Path | None) -> list[Scenario]:
    """The scenarios of the folder, or the bundled ones."""
    from evals.scenario import BUNDLED, read_scenarios
    from policies.loader import load_policies

    policies = load_policies()
    return read_scenarios(root or BUNDLED, roles=policies.roles, locales=policies.locales)


def _turns(path: Path) -> list[Scenario]:
    from evals.turns import read_cases, scenario_of

    return [scenario_of(case) for case in read_cases(path)]


def _measure(chosen: Sequence[Scenario], output: Path, kind: Literal["scenarios", "turns"], concurrency: int) -> None:
    """Run what has no result in the folder yet, then show the figures of the whole run."""
    from agent.settings import Settings
    from api.commands.logs import configure_logging
    from evals.outcomes import read_run

    if twice := [name for name, count in Counter(scenario.id for scenario in chosen).items() if count > 1]:
        raise CommandError(f"id `{twice[0]}` is given twice; results are kept by id")
    configure_logging("error")
    try:
        with progress_bar("scenarios") as progress:
            resumed = asyncio.run(_run(Settings.from_env(), chosen, output, kind, concurrency, progress))
    except KeyboardInterrupt:
        typer.echo(f"stopped; what is done is kept in {output}: run the same command again to go on", err=True)
        raise typer.Exit(EXIT_STOPPED) from None
    if resumed:
        typer.echo(f"{resumed} results were there already")
    _show(read_run(output))
    typer.echo(f"results: {output}; `handrail eval report {output}` writes a report")


async def _run(
    settings: Settings,
    chosen: Sequence[Scenario],
    output: Path,
    kind: Literal["scenarios", "turns"],
    concurrency: int,
    progress: Advance,
) -> int:
    """How many results were there already."""
    from api.commands.eval_targets import opened_target
    from evals.drive import run_scenarios
    from evals.outcomes import RESULTS, Manifest, append_outcome, begin_run

    async with opened_target(settings) as opened:
        manifest = Manifest(
            kind=kind,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            setup=opened.setup,
            planned=tuple(scenario.id for scenario in chosen),
        )
        kept = begin_run(output, manifest, chosen)
        done = {outcome.id for outcome in kept}
        left = [scenario for scenario in chosen if scenario.id not in done]
        count = len(kept)
        async for outcome in run_scenarios(left, opened.target, concurrency=concurrency):
            append_outcome(output / RESULTS, outcome)
            count += 1
            progress(count, len(chosen))
    return len(kept)


def _show(run: Run) -> None:
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
