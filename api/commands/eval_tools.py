"""``handrail eval garak`` and ``handrail eval promptfoo``: red-team tools of others against a running service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.errors import CommandError
from api.commands.eval_runs import EXIT_STOPPED
from api.commands.eval_targets import KeyOption, ModelOption, opened_endpoint
from api.commands.progress import progress_bar
from api.commands.redteam import write_review

if TYPE_CHECKING:
    from evals.redteam.tools.reported import Reported
    from evals.redteam.tools.running import Tool

    Run = Callable[[list[str]], Awaitable[None]]
    """Runs the tool with these arguments."""
    Report = Callable[[str, Run], Awaitable[list[Reported]]]
    """What the tool reports of the endpoint at this base URL."""

ServerOption = Annotated[
    str, typer.Option(help="URL of a running server, or openai:URL of an OpenAI-compatible endpoint.")
]
Concurrency = Annotated[int, typer.Option(min=1, max=64, help="Requests of the tool under way at once.")]
ATTEMPTS = "attempts.jsonl"
LOG = "tool.log"


def garak(
    target: ServerOption,
    probes: Annotated[
        list[str] | None,
        typer.Option(help="Probe, e.g. dan or encoding.InjectBase64; may be repeated [default: garak's]."),
    ] = None,
    output: Annotated[Path, typer.Option(help="Folder for what is found.")] = Path("var/garak"),
    model: ModelOption = None,
    api_key_env: KeyOption = None,
    seed: Annotated[int, typer.Option(help="Of garak.")] = 7,
    concurrency: Concurrency = 4,
) -> None:
    """Run garak, which must be installed, against a running service.

    Writes attempts.jsonl, garak.md and scenarios/, the shortest attacks that got through for a person to review.
    """
    from evals.redteam.tools.garak import GARAK, REPORT, arguments, configuration, read_report

    async def report(url: str, run: Run) -> list[Reported]:
        config = output / "garak.yaml"
        config.write_text(configuration(url, output, concurrency=concurrency, seed=seed), encoding="utf-8")
        await run(arguments(config, probes or ()))
        return read_report(output / REPORT)

    _attack(GARAK, target, model, api_key_env, output, stale=(REPORT,), report=report)


def promptfoo(
    target: ServerOption,
    plugins: Annotated[list[str] | None, typer.Option(help="Plugin, e.g. harmful:privacy; may be repeated.")] = None,
    strategies: Annotated[list[str] | None, typer.Option(help="Strategy, e.g. base64; may be repeated.")] = None,
    each: Annotated[int, typer.Option(min=1, help="Tests of a plugin.")] = 5,
    tests: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Run the tests of this file; nothing is worded anew."),
    ] = None,
    attacker: Annotated[
        str | None,
        typer.Option(help="URL of an OpenAI-compatible endpoint whose model words attacks and judges replies."),
    ] = None,
    attacker_model: Annotated[str | None, typer.Option(help="Its model.")] = None,
    attacker_key_env: Annotated[str | None, typer.Option(help="Environment variable that has its API key.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for what is found.")] = Path("var/promptfoo"),
    model: ModelOption = None,
    api_key_env: KeyOption = None,
    concurrency: Concurrency = 4,
) -> None:
    """Run promptfoo, which must be installed, against a running service; nothing is sent to promptfoo's own servers.

    Writes attempts.jsonl, promptfoo.md and scenarios/, the shortest attacks that got through for a person to review.
    """
    from evals.redteam.tools import promptfoo as tool

    if attacker and not attacker_model:
        raise CommandError("an attacker needs the name of a model; give it with --attacker-model")
    if bool(plugins) == bool(tests):
        raise CommandError("name either --plugins, which are worded by an attacker, or --tests, a file that has them")
    if plugins and not attacker:
        raise CommandError("plugins need a model that words the attacks; name an endpoint with --attacker")
    by = tool.Attacker(attacker, str(attacker_model), attacker_key_env) if attacker else None
    given = tool.read_tests(tests) if tests else ()
    plan = tool.Plan(plugins or (), strategies or (), each, by, given)

    async def report(url: str, run: Run) -> list[Reported]:
        config = output / "promptfoo.yaml"
        config.write_text(tool.configuration(url, plan), encoding="utf-8")
        if plugins:
            generated = output / "generated.yaml"
            await run(tool.generating(config, generated))
            config = generated
        await run(tool.evaluating(config, output / tool.REPORT, concurrency=concurrency))
        return tool.read_report(output / tool.REPORT)

    stale = (tool.REPORT, "generated.yaml")
    _attack(tool.PROMPTFOO, target, model, api_key_env, output, stale=stale, report=report)


def _attack(
    tool: Tool,
    target: str,
    model: str | None,
    key_env: str | None,
    output: Path,
    *,
    stale: tuple[str, ...],
    report: Report,
) -> None:
    """Run the tool between a recorder and its report; the folder has the findings afterwards, and nothing of an earlier run.

    Raises:
        CommandError: the target went away; the log and what the tool wrote are kept.
    """
    from evals.errors import TargetDown
    from evals.redteam.tools.findings import for_review, found, joined, markdown
    from evals.redteam.tools.recorder import Exchange, Key, Recorder
    from evals.redteam.tools.running import run_tool

    tool.found()
    output.mkdir(parents=True, exist_ok=True)
    for name in (LOG, *stale):
        (output / name).unlink(missing_ok=True)

    with progress_bar("requests") as progress:

        async def attack() -> tuple[list[Reported], dict[Key, Exchange]]:
            async with opened_endpoint(target, model, key_env) as chat:
                recorder = Recorder(chat, progress=lambda done: progress(done, None))

                async def run(arguments: list[str]) -> None:
                    await run_tool(tool, arguments, log=output / LOG, gone=recorder.gone)

                async with recorder.listening() as url:
                    return await report(url, run), recorder.exchanges

        try:
            reported, exchanges = asyncio.run(attack())
        except KeyboardInterrupt:
            typer.echo(f"stopped; the log of {tool.name} is {output / LOG}", err=True)
            raise typer.Exit(EXIT_STOPPED) from None
        except TargetDown as error:
            raise CommandError(f"{error}; {tool.name} was ended, its log is {output / LOG}") from error
    attempts = joined(reported, exchanges)
    findings = found(tool.name, attempts)
    (output / ATTEMPTS).write_text("".join(a.model_dump_json() + "\n" for a in attempts), encoding="utf-8")
    (output / f"{tool.name}.md").write_text(markdown(findings), encoding="utf-8")
    review = write_review(output, for_review(findings))
    typer.echo(markdown(findings).strip())
    variants = sum(probe.shortest is not None for probe in findings.probes)
    typer.echo(f"\n{variants} attacks to review: {review}; report: {output / f'{tool.name}.md'}")
