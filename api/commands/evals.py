"""``handrail eval``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from api.commands.errors import CommandError
from api.commands.eval_runs import Plan, measure
from api.commands.eval_targets import IN_PROCESS, KeyOption, ModelOption, ScenariosOption, TargetOption, opened_chat

if TYPE_CHECKING:
    from evals.scenario import Scenario

EXIT_BROKEN: Final = 1
"""The gate fails."""

Output = Annotated[Path, typer.Option(help="Folder for the results; a run that was interrupted goes on there.")]
Results = Annotated[Path, typer.Argument(file_okay=False, help="Folder of a run.")]
Gates = Annotated[Path | None, typer.Option(dir_okay=False, help="Limits [default: the bundled ones].")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Measure also what an earlier run of the same set-up had.")]
Concurrency = Annotated[int, typer.Option(min=1, max=64, help="Conversations under way at once.")]


def run(
    output: Output = Path("var/eval"),
    domain: Annotated[list[str] | None, typer.Option(help="Only this domain; may be repeated.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Only scenarios with this tag; may be repeated.")] = None,
    locale: Annotated[list[str] | None, typer.Option(help="Only this locale or language; may be repeated.")] = None,
    scenarios: ScenariosOption = None,
    turns: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Recorded turns (JSON Lines) instead of scenarios.")
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="A small subset with every domain, language and kind.")] = False,
    fresh: Fresh = False,
    target: TargetOption = IN_PROCESS,
    model: ModelOption = None,
    api_key_env: KeyOption = None,
    concurrency: Concurrency = 4,
) -> None:
    """Run scenarios through the service inside this process or at an address, and show the figures."""
    from evals.scenario import fast_subset, select

    found = _turns(turns) if turns else read_bundled_or(scenarios)
    chosen = select(found, domains=domain or (), tags=tag or (), locales=locale or ())
    if not chosen:
        raise CommandError("no scenario is left by --domain, --tag and --locale; loosen them")
    kind: Literal["scenarios", "turns"] = "turns" if turns else "scenarios"
    plan = Plan(output, kind, concurrency, target, model, api_key_env, not fresh)
    measure(fast_subset(chosen) if fast else chosen, plan)


def turns(
    source: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON Lines of recorded turns.")],
    output: Output = Path("var/eval-turns"),
    fresh: Fresh = False,
    target: TargetOption = IN_PROCESS,
    model: ModelOption = None,
    api_key_env: KeyOption = None,
    concurrency: Concurrency = 4,
) -> None:
    """Run recorded turns with expected decisions, and show the figures."""
    measure(_turns(source), Plan(output, "turns", concurrency, target, model, api_key_env, not fresh))


def bench(
    name: Annotated[str, typer.Argument(help="Benchmark, e.g. xstest; `jsonl` for id, text, label, lang.")],
    data: Annotated[Path, typer.Option(help="Its file, as its authors publish it.")],
    output: Annotated[Path | None, typer.Option(help="Folder for the results [default: var/eval-NAME].")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first rows.")] = None,
    fresh: Fresh = False,
    target: TargetOption = IN_PROCESS,
    model: ModelOption = None,
    api_key_env: KeyOption = None,
    concurrency: Concurrency = 4,
) -> None:
    """Run a public benchmark from a file that is already here; nothing is downloaded."""
    from evals.benchmarks import read_benchmark, scenario_of

    chosen = [scenario_of(prompt) for prompt in read_benchmark(name, data)[:limit]]
    folder = output or Path(f"var/eval-{name}")
    measure(chosen, Plan(folder, "turns", concurrency, target, model, api_key_env, not fresh))


def fetch(
    name: Annotated[str, typer.Argument(help="Benchmark, e.g. xstest.")],
    output: Annotated[Path, typer.Option(help="Folder for the file.")] = Path("var/benchmarks"),
    sha256: Annotated[str | None, typer.Option(help="Checksum that the file must have.")] = None,
) -> None:
    """Download the file of a public benchmark, and show its licence and checksum."""
    from evals.benchmarks.fetch import fetch as fetch_file

    done = fetch_file(name, output, sha256=sha256)
    typer.echo(
        f"{done.path}\nlicence: {done.licence}\nsha256: {done.sha256} ({'as expected' if done.pinned else 'first download'})"
    )
    typer.echo(f"`handrail eval bench {name} --data {done.path}` runs it")


def report(
    results: Results = Path("var/eval"),
    output: Annotated[Path | None, typer.Option(help="Folder to write to [default: that of the run].")] = None,
    baseline: Annotated[Path | None, typer.Option(help="Folder of an earlier run to compare with.")] = None,
    beside: Annotated[
        list[Path] | None, typer.Option(help="Folder of a run of another target, side by side; may be repeated.")
    ] = None,
    history: Annotated[Path | None, typer.Option(help="Folder with folders of saved runs, for trends.")] = None,
    labels: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Labels of people for what a judge model said.")
    ] = None,
    gates: Gates = None,
    inspect: Annotated[bool, typer.Option("--inspect", help="Also a log that Inspect's viewer opens.")] = False,
) -> None:
    """Write a run as report.html, report.md and report.xml (JUnit)."""
    from evals import report as formats
    from evals.gate import BUNDLED, faults, read_gates, short_of
    from evals.judge_model import VERDICTS, judged, read_labels, read_verdicts
    from evals.outcomes import read_run, runs_below

    measured = read_run(results)
    earlier = read_run(baseline) if baseline else None
    verdicts = results / VERDICTS
    limits = read_gates(gates or BUNDLED)
    extras = formats.Extras(
        faults=faults(measured, limits, earlier),
        short=short_of(measured, limits),
        baseline=earlier,
        beside=[(folder.name, read_run(folder)) for folder in beside or ()],
        history=runs_below(history, but=results) if history else (),
        judged=judged(read_verdicts(verdicts), read_labels(labels) if labels else None) if verdicts.exists() else None,
    )
    summary = formats.summarise(measured, extras)
    folder = output or results
    folder.mkdir(parents=True, exist_ok=True)
    written = {"report.html": formats.html, "report.md": formats.markdown, "report.xml": formats.junit}
    for name, write in written.items():
        (folder / name).write_text(write(summary), encoding="utf-8")
        typer.echo(str(folder / name))
    if inspect:
        log = folder / formats.log_name(measured, name=results.name)
        log.write_text(formats.inspect_log(measured, name=results.name), encoding="utf-8")
        typer.echo(f"{log} (`inspect view --log-dir {folder}` shows it)")


def judge(
    endpoint: Annotated[str, typer.Option(help="Base URL of an OpenAI-compatible endpoint.")],
    model: Annotated[str, typer.Option(help="The judge at this endpoint.")],
    results: Results = Path("var/eval"),
    api_key_env: KeyOption = None,
) -> None:
    """Ask a model whether what a run offered is of use. Its verdicts are kept beside the results, for the report."""
    from evals.judge_model import VERDICTS, Verdict, judged, judged_by
    from evals.outcomes import read_run

    async def ask() -> list[Verdict]:
        async with opened_chat(endpoint, model, api_key_env) as client:
            return [verdict async for verdict in judged_by(client, read_run(results).outcomes)]

    verdicts = asyncio.run(ask())
    (results / VERDICTS).write_text("".join(v.model_dump_json() + "\n" for v in verdicts), encoding="utf-8")
    for name, figure in judged(verdicts).rates.items():
        typer.echo(f"{name}: {figure.hits} of {figure.n}")
    typer.echo(f"{sum(v.answers is None for v in verdicts)} answers could not be read; they count for nothing")


def gate(
    results: Results = Path("var/eval"),
    baseline: Annotated[Path | None, typer.Option(help="Folder of an earlier run that must not be worse.")] = None,
    gates: Gates = None,
) -> None:
    """Check a run against the limits; exit status 1 when something broke."""
    from evals.causes import causes
    from evals.gate import BUNDLED, faults, read_gates, short_of
    from evals.outcomes import read_run

    measured = read_run(results)
    earlier = read_run(baseline) if baseline else None
    limits = read_gates(gates or BUNDLED)
    found = faults(measured, limits, earlier)
    for fault in short_of(measured, limits):
        typer.echo(f"short of an aim: {fault.what} ({fault.where})")
    if not found:
        typer.echo(f"the gate passes: {len(measured.outcomes)} scenarios")
        return
    typer.echo(f"the gate fails: {len(found)} {'fault' if len(found) == 1 else 'faults'}")
    for fault in found:
        typer.echo(f"- {fault}")
    if common := causes(earlier, measured) if earlier else []:
        typer.echo("what the broken scenarios have in common:")
        for cause in common:
            typer.echo(f"- {cause}")
    raise typer.Exit(EXIT_BROKEN)


def lint(
    scenarios: ScenariosOption = None,
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
    """The scenarios of the folder, or the bundled ones with the wordings for consistency."""
    from evals.scenario import BUNDLED, read_scenarios
    from evals.wordings import read_wordings
    from policies.loader import load_policies

    policies = load_policies()
    found = read_scenarios(root or BUNDLED, roles=policies.roles, locales=policies.locales)
    return found if root else found + read_wordings()


def _turns(path: Path) -> list[Scenario]:
    from evals.turns import read_cases, scenario_of

    return [scenario_of(case) for case in read_cases(path)]
