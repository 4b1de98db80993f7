"""``handrail eval redteam``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.errors import CommandError
from api.commands.eval_targets import (
    IN_PROCESS,
    KeyOption,
    ModelOption,
    ScenariosOption,
    TargetOption,
    opened_chat,
    opened_target,
)
from api.commands.progress import progress_bar

if TYPE_CHECKING:
    from evals.redteam.search import Attempt, Rewrite


def redteam(
    output: Annotated[Path, typer.Option(help="Folder for what is found.")] = Path("var/redteam"),
    domain: Annotated[list[str] | None, typer.Option(help="Only this domain; may be repeated.")] = None,
    locale: Annotated[list[str] | None, typer.Option(help="Only this locale or language; may be repeated.")] = None,
    scenarios: ScenariosOption = None,
    budget: Annotated[int, typer.Option(min=100, help="Conversations in all.")] = 1500,
    seed: Annotated[int, typer.Option(help="The same seed gives the same attack.")] = 7,
    target: TargetOption = IN_PROCESS,
    model: ModelOption = None,
    api_key_env: KeyOption = None,
    attacker: Annotated[
        str | None, typer.Option(help="URL of an OpenAI-compatible endpoint whose model words requests anew.")
    ] = None,
    attacker_model: Annotated[str | None, typer.Option(help="Its model.")] = None,
    attacker_key_env: Annotated[str | None, typer.Option(help="Environment variable that has its API key.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Conversations under way at once.")] = 4,
) -> None:
    """Attack the service with disguised harmful requests of the scenarios, and show what gets through.

    Writes attempts.jsonl, redteam.md and scenarios/, the shortest variants that got through for a person to review.
    """
    from agent.settings import Settings
    from api.commands.evals import read_bundled_or
    from api.commands.logs import configure_logging
    from evals.redteam.findings import ATTEMPTS, REPORT, for_review, found, markdown
    from evals.redteam.rewriting import attacker_of
    from evals.redteam.search import Attack
    from evals.scenario import select

    chosen = select(read_bundled_or(scenarios), domains=domain or (), locales=locale or ())
    harmful = [s for s in chosen if s.harmful and s.domain != "crisis"]
    benign = [s for s in chosen if s.benign and not s.harmful]
    if not harmful:
        raise CommandError("no harmful scenario is left by --domain and --locale; loosen them")
    configure_logging("error")
    with progress_bar("attempts") as progress:

        async def attack() -> list[Attempt]:
            async with AsyncExitStack() as stack:
                opened = await stack.enter_async_context(
                    opened_target(Settings.from_env(), target, model=model, key_env=api_key_env)
                )
                rewrite: Rewrite | None = None
                if attacker is not None:
                    endpoint = opened_chat(attacker, attacker_model, attacker_key_env, of="--attacker-model")
                    rewrite = attacker_of(await stack.enter_async_context(endpoint))
                made = Attack(
                    opened.target,
                    budget=budget,
                    seed=seed,
                    rewrite=rewrite,
                    concurrency=concurrency,
                    progress=progress,
                )
                return await made.run(harmful, benign)

        attempts = asyncio.run(attack())
    findings = found(attempts)
    output.mkdir(parents=True, exist_ok=True)
    (output / ATTEMPTS).write_text("".join(a.model_dump_json() + "\n" for a in attempts), encoding="utf-8")
    (output / REPORT).write_text(markdown(findings), encoding="utf-8")
    review = write_review(output, for_review(findings, {s.id: s for s in harmful}))
    typer.echo(markdown(findings).partition("\n## ")[0].strip())
    typer.echo(f"\n{len(findings.shortest)} variants to review: {review}; report: {output / REPORT}")


def write_review(output: Path, files: Mapping[Path, str]) -> Path:
    """The folder below ``output`` that holds these scenario files afterwards."""
    folder = output / "scenarios"
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder
