"""``handrail grounding``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from agent.nearness import Nearness


def fit(
    write: Annotated[bool, typer.Option(help="Write the thresholds to where the service reads them.")] = True,
) -> None:
    """Learn what counts as supported from the fitting half of the pairs, then report on the held-out half."""
    from agent.support import FILE
    from evals import grounding_pairs

    near = _nearness()
    model = grounding_pairs.fit(near)
    if write:
        FILE.write_text(model.model_dump_json() + "\n", encoding="utf-8")
        typer.echo(f"{FILE}: " + ", ".join(f"{lang} {limits}" for lang, limits in model.thresholds.items()))
    typer.echo("\n".join(grounding_pairs.lines(grounding_pairs.evaluate(model, near))))


def evaluate(
    fitting_half: Annotated[bool, typer.Option("--fitting-half", help="Measure the half that was learned on.")] = False,
    words_alone: Annotated[bool, typer.Option("--words-alone", help="Measure the check without embeddings.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure the check of sentences against the sections they cite, on the held-out half of the pairs."""
    from agent.support import load_support
    from evals import grounding_pairs

    near, model = None if words_alone else _nearness(), load_support()
    found = grounding_pairs.evaluate(model, near, on_held_out=not fitting_half)
    if as_json:
        typer.echo(json.dumps({language: figures._asdict() for language, figures in found.items()}, indent=2))
    else:
        typer.echo("\n".join(grounding_pairs.lines(found)))
        p50, p95 = grounding_pairs.milliseconds(model, near)
        typer.echo(f"one check takes {p50:.1f} ms (p50), {p95:.1f} (p95)")
    if missed := grounding_pairs.missed(found):
        typer.echo("short of the aims: " + ", ".join(missed))
        raise typer.Exit(1)


def _nearness() -> Nearness:
    from agent.bootstrap import open_embedder
    from agent.nearness import Nearness
    from agent.settings import Settings

    return Nearness(open_embedder(Settings.from_env()))
