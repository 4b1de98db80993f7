"""``handrail risk``."""

from __future__ import annotations

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.commands.errors import CommandError
from api.commands.progress import progress_bar

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from agent.risk.judge import ModelJudge
    from agent.settings import Settings

BUNDLED_LABELS: Final = Path(__file__).parents[2] / "agent" / "risk" / "data"
OwnFiles = Annotated[
    Path | None, typer.Option(exists=True, file_okay=False, help="Our labelled files [default: the bundled ones].")
]


def assess(
    source: Annotated[
        Path,
        typer.Option("--input", exists=True, dir_okay=False, help="JSON Lines with id, text, lang?, history?, role?."),
    ],
    target: Annotated[Path, typer.Option("--output", dir_okay=False, help="JSON Lines to write, one per input line.")],
    decide: Annotated[
        bool, typer.Option("--decide", help="Also write the rules and obligations behind the action.")
    ] = False,
) -> None:
    """Judge every request in a file: risk, domain and action, as in a turn without exemplars and guard model."""
    from agent.perception import see
    from agent.settings import Settings
    from api.commands.assess import Assessor, line_of, read_rows
    from policies.loader import load_policies

    settings = Settings.from_env()
    rows = read_rows(source)
    partial = target.with_name(f".{target.name}.partial")
    started = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as executor, progress_bar("requests") as progress:
        assessor = Assessor(see, open_judge(settings, executor), load_policies(settings.policies_dir), executor)
        with partial.open("w", encoding="utf-8") as out:
            for done, assessed in enumerate(assessor.assess(rows), start=1):
                out.write(line_of(assessed, with_decision=decide) + "\n")
                progress(done, len(rows))
        partial.replace(target)
    seconds = time.perf_counter() - started
    typer.echo(f"{len(rows)} requests in {seconds:.1f} s ({1000 * seconds / max(1, len(rows)):.1f} ms each): {target}")


def explain(
    text: Annotated[str, typer.Argument(help="The message.")],
    earlier: Annotated[
        list[str] | None, typer.Option("--earlier", help="A message before it, oldest first; may be repeated.")
    ] = None,
    tenant: Annotated[str, typer.Option(help="Whose exemplars count.")] = "default",
    nearest: Annotated[
        bool, typer.Option(help="Look up similar training examples; the first time takes minutes.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say why a message is judged as it is: words, signals, corrections, similar training examples."""
    from agent.settings import Settings
    from api.commands.explanation import explained, shown

    if not text.strip():
        raise CommandError("the message is empty; give one to explain")
    with progress_bar("training examples") as progress:
        found = asyncio.run(explained(text, earlier or [], tenant, Settings.from_env(), progress if nearest else None))
    typer.echo(found.model_dump_json() if as_json else shown(found))


def open_judge(settings: Settings, executor: Executor) -> ModelJudge:
    """The judge of the service without the service: nothing is indexed and nothing recorded."""
    from agent.bootstrap import open_embedder
    from agent.risk.classifier import BUNDLED, RiskClassifier
    from agent.risk.judge import ModelJudge
    from agent.risk.signals import load_signals

    classifier = RiskClassifier.load(settings.risk_model_dir or BUNDLED)
    return ModelJudge(classifier, load_signals(), open_embedder(settings), executor)


def train(
    output: Annotated[Path, typer.Option(file_okay=False, help="Folder to write the model to.")],
    own: OwnFiles = None,
    public: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Public labelled files, if there are any.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything random.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, max=100, help="Passes over the data.")] = None,
    rate: Annotated[
        float | None, typer.Option(min=1e-7, max=1.0, help="Learning rate of the encoder at its highest.")
    ] = None,
    towers: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=4,
            help="Encoders with a start of their own; the model says what they say on average. [default: 1]",
        ),
    ] = None,
    members: Annotated[
        int | None,
        typer.Option(
            min=1, max=8, help="Fits of each in different order; the mean of the weights is kept. [default: 1]"
        ),
    ] = None,
    earlier: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="A model trained before; the weights are the mean with its own, where it has more encoders with its first ones.",
        ),
    ] = None,
    earlier_share: Annotated[
        float | None,
        typer.Option(min=0.0, max=0.95, help="What the earlier model counts in the mean; only with --earlier."),
    ] = None,
    go_on: Annotated[
        bool, typer.Option("--go-on", help="Start from the weights of the earlier model, not from the plain MiniLM.")
    ] = False,
    easy_share: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=1.0,
            help="Chance at which rows are read again that were judged well when last read, with --go-on by the earlier model; "
            "1 reads all in every pass. [default: 0.1]",
        ),
    ] = None,
) -> None:
    """Train the risk model from labelled requests, calibrate it, write it with its figures, and fit the head for outputs on it."""
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from agent.risk.output_fit import fit_output_head
    from agent.risk.train import TrainSettings, train_from_folders

    if earlier is None and (go_on or earlier_share is not None):
        hint = "--go-on" if go_on else "--earlier-share"
        raise typer.BadParameter("there is no earlier model; name its folder with --earlier", param_hint=hint)
    settings = TrainSettings()
    settings = settings._replace(
        seed=settings.seed if seed is None else seed,
        epochs=epochs or settings.epochs,
        learning_rate=rate or settings.learning_rate,
        earlier_share=settings.earlier_share if earlier_share is None else earlier_share,
        towers=towers or settings.towers,
        members=members or settings.members,
        go_on=go_on,
        easy_share=settings.easy_share if easy_share is None else easy_share,
    )
    with Progress(console=Console(stderr=True)) as progress:
        tasks: dict[str, TaskID] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total)
            progress.update(tasks[stage], completed=done, total=total)

        trained = train_from_folders(own or BUNDLED_LABELS, public, output, settings, advance, earlier)
        fit_output_head(output, own or BUNDLED_LABELS, public, advance)
    typer.echo(f"{output}: {trained['rows']} rows, validation {trained['validation']}")


def fit_output(
    model: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Risk model to fit the head on [default: the bundled one]."),
    ] = None,
    own: OwnFiles = None,
    public: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Public labelled files, for harmless rows.")
    ] = None,
) -> None:
    """Fit the head for outputs on the encoder of a risk model, after every training; prints what it holds of rows it has not seen."""
    from agent.risk.classifier import BUNDLED
    from agent.risk.output_fit import fit_output_head

    folder = model or BUNDLED
    with progress_bar("texts") as progress:
        head = fit_output_head(folder, own or BUNDLED_LABELS, public, lambda _, done, total: progress(done, total))
    typer.echo(f"{folder}: holds from a logit of {head.manifest.floor:.2f} on; of held-out rows:")
    for name, found in head.manifest.fitted.items():
        typer.echo(f"  {name:32} {found['held']:8.2%} of {found['rows']:<6.0f} before {found['before']:.2%}")


def evaluate(
    source: Annotated[
        list[Path], typer.Option("--input", exists=True, help="Labelled file or folder; may be repeated.")
    ],
    target: Annotated[
        Path | None, typer.Option("--output", dir_okay=False, help="Also write the figures as JSON.")
    ] = None,
    obfuscate: Annotated[
        bool, typer.Option("--obfuscate", help="Measure what 13 ways of hiding a request cost, instead.")
    ] = False,
    sample: Annotated[
        int, typer.Option(min=1, help="With --obfuscate: unsafe requests, and safe ones, that are hidden.")
    ] = 100,
) -> None:
    """Measure the risk model on labelled requests, with bootstrap intervals."""
    from rich.console import Console

    from agent.perception import see
    from agent.risk.classifier import BUNDLED, read_manifest
    from agent.risk.evaluate import evaluate as measure
    from agent.risk.labels import read_examples
    from agent.settings import Settings
    from api.commands.evaluation import report, table_of, table_of_costs, write_report
    from evals.obfuscation import measure as measure_hidden
    from evals.obfuscation import sampled

    settings = Settings.from_env()
    files = files_in(source)
    if target is not None and not target.parent.is_dir():
        raise CommandError(f"`{target}`: its folder does not exist; create it first")
    with ThreadPoolExecutor(1) as executor, progress_bar("requests") as progress:
        judge = open_judge(settings, executor)
        costs = measure_hidden(sampled(read_examples(files), sample), judge, see, progress) if obfuscate else []
        slices = [] if obfuscate else measure(files, judge, see, progress)
    console = Console(highlight=False)
    console.print(table_of_costs(costs) if obfuscate else table_of(slices))
    if target is not None:
        manifest = read_manifest(settings.risk_model_dir or BUNDLED)
        write_report(target, report(slices, costs, manifest.version))
        typer.echo(f"written to {target}")


def files_in(paths: list[Path]) -> list[Path]:
    """The files, and for every folder the ``.jsonl`` files in it.

    Raises:
        CommandError: a path does not exist, or a folder holds none.
    """
    files: list[Path] = []
    for path in paths:
        found = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        if not found or not found[0].is_file():
            raise CommandError(f"`{path}`: expected a file of labelled requests, or a folder with `.jsonl` files")
        files += found
    return files
