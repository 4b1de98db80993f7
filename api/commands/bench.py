"""``handrail bench``."""

from __future__ import annotations

from typing import Annotated

import typer


def gate(
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="Times that every request is sent.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure whole turns on a server of its own, on a copy of the state: nothing of yours is touched."""
    import json

    from agent.settings import Settings
    from api.commands.benchmark import measure
    from api.commands.progress import progress_bar

    settings = Settings.from_env()
    with progress_bar("turns") as progress:
        figures = measure(settings, rounds, progress)
    if as_json:
        typer.echo(json.dumps(figures.as_dict(), indent=2))
        return
    from rich.console import Console

    Console(highlight=False).print(figures.table())


def stream(
    turns: Annotated[int, typer.Option(min=1, max=1000, help="Answers that are streamed.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure what checked streaming adds to a scripted model that writes 20 words a second."""
    import json

    from agent.settings import Settings
    from api.commands.progress import progress_bar
    from api.commands.stream_benchmark import measure_stream

    settings = Settings.from_env()
    with progress_bar("answers") as progress:
        figures = measure_stream(settings, turns, progress)
    if as_json:
        typer.echo(json.dumps(figures.as_dict(), indent=2))
        return
    from rich.console import Console

    Console(highlight=False).print(figures.table())


def search(
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="Times that every request is searched.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure searches in the release of the data directory, with the requests that retrieval is judged by."""
    import asyncio
    import json

    from agent.bootstrap import open_embedder, open_store
    from agent.settings import Settings
    from api.commands.bench_search import measure_search
    from api.commands.progress import progress_bar

    settings = Settings.from_env()
    with progress_bar("searches") as progress:
        figures = asyncio.run(measure_search(open_store(settings), open_embedder(settings), rounds, progress))
    if as_json:
        typer.echo(json.dumps(figures.as_dict(), indent=2))
        return
    from rich.console import Console

    Console(highlight=False).print(figures.table())


def policies(
    turns: Annotated[int, typer.Option(min=100, max=1_000_000, help="Recorded turns to decide.")] = 20_000,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="Rounds; the best one counts.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure the bundled policies: loading, deciding, and simulating over made-up recorded turns."""
    import json
    import tempfile
    from pathlib import Path

    from api.commands.bench_policies import measure_policies
    from api.policy_records import read_turns
    from evals.traffic import made_up_records
    from policies.loader import load_policies

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for record in made_up_records(load_policies(), turns=turns, seed=1):
                file.write(record.model_dump_json() + "\n")
        figures = measure_policies(path, list(read_turns(path)), rounds)
    typer.echo(json.dumps(figures._asdict(), indent=2) if as_json else "\n".join(figures.lines()))


def audit(
    turns: Annotated[int, typer.Option(min=10, max=100_000, help="Turns whose records are written.")] = 500,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure what records add to a turn, on a SQLite database of its own: nothing of yours is touched."""
    import asyncio
    import json
    import tempfile
    from pathlib import Path

    from api.commands.bench_audit import measure_audit
    from api.commands.progress import progress_bar

    with tempfile.TemporaryDirectory() as folder, progress_bar("turns") as progress:
        figures = asyncio.run(measure_audit(Path(folder), turns, progress))
    if as_json:
        named = {name: getattr(figures, name)._asdict() for name in ("decision", "outcome", "both")}
        typer.echo(json.dumps({"turns": figures.turns, **named, "cpu_ms": figures.cpu_ms}, indent=2))
        return
    typer.echo("\n".join(figures.lines()))


def leaks(
    answers: Annotated[int, typer.Option(min=1, max=100_000, help="Answers with a secret or personal data.")] = 1000,
    limited: Annotated[int, typer.Option(min=1, max=100_000, help="Answers with a dose, with code and with steps, so many each.")] = 250,
    cuts: Annotated[int, typer.Option(min=0, help="Cuts of each answer that are tried, by chance; 0 tries every one.")] = 10,
    seed: Annotated[int, typer.Option(help="What the answers are made from.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:  # fmt: skip
    """Stream answers with generated secrets, doses, code and steps, cut in many places; the exit status is 1 when any leaves."""
    import json

    from api.commands.progress import progress_bar
    from evals.leaks.sweep import measure_leaks

    with progress_bar("answers") as progress:
        found = measure_leaks(answers, limited, cuts, seed, progress)
    if as_json:
        typer.echo(
            json.dumps({name: figures.as_dict() for name, figures in found.items()}, indent=2, ensure_ascii=False)
        )
    else:
        typer.echo("\n".join(f"{name}: {line}" for name, figures in found.items() for line in figures.lines()))
    if any(figures.leaks for figures in found.values()):
        raise typer.Exit(1)
