"""Train the risk model from labelled requests: ``handrail risk train``.

The MiniLM encoder is fine-tuned with one head per label; labels that a row does not have are masked out of the loss. After
training, every binary head is calibrated on held-out rows (Platt, 1999) and the facets by temperature (Guo et al., 2017);
the encoder is exported to ONNX and quantised to int8.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from agent.errors import LabelError
from agent.perception.normalise import normalise
from agent.risk.calibrate import Calibration, calibrate
from agent.risk.classifier import FACETS, HAZARDS, OUTPUTS
from agent.risk.export import write_artifact
from agent.risk.features import MAX_TOKENS, Encoder, Window, encoder_of, ngrams, padded, windows
from agent.risk.labels import Example, read_examples
from agent.risk.network import RiskNetwork
from agent.risk.sources import CAP
from retrieval.embedding.minilm import model_dir, verify_weights

Progress = Callable[[str, int, int], None]
"""Called with the stage, the steps done and the steps in all."""


class TrainSettings(NamedTuple):
    """Everything that decides what comes out, besides the data."""

    seed: int = 13
    epochs: int = 3
    batch: int = 32
    learning_rate: float = 5e-5
    head_learning_rate: float = 1e-3
    own_weight: float = 1.5
    """Weight of our own rows in the loss, relative to a trusted public row."""
    train_tokens: int = 96
    """Word pieces of a row that training reads; serving reads ``MAX_TOKENS`` a window."""
    validation_share: float = 0.1


class Row(NamedTuple):
    """An example as numbers. ``targets`` holds ``nan`` where the label is not known."""

    window: Window
    grams: NDArray[np.int64]
    targets: NDArray[np.float32]
    facet: int
    """Index into ``FACETS``; -1 when not known."""
    weight: float


def train(
    own: Sequence[Path],
    public: Sequence[Path],
    base_model: Path,
    output: Path,
    settings: TrainSettings,
    progress: Progress,
) -> dict[str, Any]:
    """Fit, calibrate and write the artifact to ``output``; returns the figures that the manifest keeps.

    Raises:
        LabelError: a label file is not valid; nothing has been trained then.
    """
    examples = _capped([*read_examples(own), *read_examples(public)], settings.seed)
    if not examples:
        raise LabelError("no labelled rows to train on; pass files with --own or --public")
    fit, held = split(examples, settings.validation_share, settings.seed)
    own_sources = {path.stem for path in own}
    torch.manual_seed(settings.seed)
    random.seed(settings.seed)
    encoder = encoder_of(_tokenizer(base_model))
    fit = [e._replace(weight=settings.own_weight) if e.source in own_sources else e for e in fit]
    rows = [row_of(example, encoder, settings.train_tokens) for example in fit]
    network = RiskNetwork(str(base_model))
    # The rows are too few to move 30,000 word vectors without forgetting most of them.
    network.heads.encoder.embeddings.requires_grad_(False)
    _fit(network, rows, encoder, settings, progress)
    held_rows = [row_of(example, encoder) for example in held]
    logits = predict(network, held_rows, encoder.pad)
    calibration = calibrate(
        logits, np.stack([row.targets for row in held_rows]), np.array([row.facet for row in held_rows])
    )
    trained: dict[str, Any] = {
        "settings": settings._asdict(),
        "rows": len(fit),
        "validation_rows": len(held),
        "sources": dict(sorted(Counter(example.source for example in fit).items())),
        "languages": dict(sorted(Counter(example.lang for example in fit).items())),
        "validation": _figures(logits, held_rows, calibration),
    }
    write_artifact(network, base_model, output, calibration, trained)
    return trained


def split(examples: Sequence[Example], share: float, seed: int) -> tuple[list[Example], list[Example]]:
    """Training and validation rows. Groups (contrast pairs, translations) stay together."""
    groups: defaultdict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[example.group].append(example)
    names = sorted(groups)
    random.Random(seed).shuffle(names)
    cut = round(len(names) * share)
    held = [example for name in names[:cut] for example in groups[name]]
    fit = [example for name in names[cut:] for example in groups[name]]
    return fit, held


def row_of(example: Example, encoder: Encoder, most_tokens: int = MAX_TOKENS) -> Row:
    """The example as numbers; of a long text one window, its head, at most ``most_tokens`` long."""
    text = normalise(example.text)
    targets = np.full(2 + len(HAZARDS), np.nan, dtype=np.float32)
    if example.unsafe is not None:
        targets[0] = example.unsafe
    if example.prompt_attack is not None:
        targets[1] = example.prompt_attack
    if example.hazards is not None:
        for index, hazard in enumerate(HAZARDS):
            targets[2 + index] = float(hazard in example.hazards)
    return Row(
        window=_cut(windows(encoder, text, "\n".join(example.earlier), most=1)[0], most_tokens),
        grams=ngrams(text),
        targets=targets,
        facet=FACETS.index(example.facet) if example.facet is not None else -1,
        weight=example.weight,
    )


def _cut(window: Window, most: int) -> Window:
    if len(window.ids) <= most:
        return window
    return Window([*window.ids[: most - 1], window.ids[-1]], [*window.types[: most - 1], window.types[-1]])


def predict(network: RiskNetwork, rows: Sequence[Row], pad: int) -> NDArray[np.float32]:
    """Logits of shape ``(len(rows), OUTPUTS)``."""
    network.eval()
    out = np.zeros((len(rows), OUTPUTS), dtype=np.float32)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].window.ids))
    with torch.no_grad():
        for start in range(0, len(order), 64):
            picked = order[start : start + 64]
            out[picked] = network(*_tensors([rows[i] for i in picked], pad)).numpy()
    return out


def _fit(
    network: RiskNetwork, rows: Sequence[Row], encoder: Encoder, settings: TrainSettings, progress: Progress
) -> None:
    optimizer = torch.optim.AdamW(
        [
            {
                "params": [p for p in network.heads.encoder.parameters() if p.requires_grad],
                "lr": settings.learning_rate,
                "weight_decay": 0.01,
            },
            {
                "params": [*network.heads.hidden.parameters(), *network.heads.out.parameters()],
                "lr": settings.head_learning_rate,
                "weight_decay": 0.01,
            },
            {"params": network.ngrams.parameters(), "lr": 4e-3, "weight_decay": 0.0},
        ]
    )
    steps = settings.epochs * -(-len(rows) // settings.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=[group["lr"] for group in optimizer.param_groups],
        total_steps=steps + 1,
        pct_start=0.08,
        anneal_strategy="linear",
    )
    step = 0
    for epoch in range(settings.epochs):
        for picked in _batches(rows, settings.batch, settings.seed + epoch):
            network.train()
            batch = [rows[i] for i in picked]
            loss = _loss(network(*_tensors(batch, encoder.pad)), batch) + 2e-6 * network.ngrams.weight.square().sum()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]  # torch's stub
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            progress("fine-tuning", step, steps)


def _loss(logits: Tensor, batch: Sequence[Row]) -> Tensor:
    """Masked sum over heads: unsafe counts twice, hazards together once, facet once."""
    cut = 2 + len(HAZARDS)
    targets = torch.from_numpy(np.stack([row.targets for row in batch]))
    weight = torch.tensor([row.weight for row in batch]).unsqueeze(1)
    known = ~torch.isnan(targets)
    smooth = torch.nan_to_num(targets) * 0.96 + 0.02
    binary = (
        torch.nn.functional.binary_cross_entropy_with_logits(logits[:, :cut], smooth, reduction="none") * known * weight
    )
    scale = torch.cat([torch.tensor([2.0, 1.0]), torch.full((len(HAZARDS),), 0.25)])
    facet = torch.nn.functional.cross_entropy(
        logits[:, cut:],
        torch.tensor([row.facet for row in batch]),
        ignore_index=-1,
        reduction="none",
        label_smoothing=0.04,
    )
    return ((binary * scale).sum(1) + 0.7 * facet * weight[:, 0]).mean()


def _tensors(batch: Sequence[Row], pad: int) -> tuple[dict[str, Tensor], Tensor, Tensor, Tensor]:
    tokens = {name: torch.from_numpy(array) for name, array in padded([row.window for row in batch], pad).items()}
    sizes = [len(row.grams) for row in batch]
    weights = np.concatenate([np.full(size, 1 / np.sqrt(size), dtype=np.float32) for size in sizes])
    offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    return (
        tokens,
        torch.from_numpy(np.concatenate([row.grams for row in batch])),
        torch.from_numpy(offsets),
        torch.from_numpy(weights),
    )


def _batches(rows: Sequence[Row], size: int, seed: int) -> list[list[int]]:
    """Batches of rows of like length, in random order."""
    shuffler = random.Random(seed)
    order = list(range(len(rows)))
    shuffler.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), size * 50):
        chunk = sorted(order[start : start + size * 50], key=lambda i: len(rows[i].window.ids))
        batches += [chunk[i : i + size] for i in range(0, len(chunk), size)]
    shuffler.shuffle(batches)
    return batches


def _capped(examples: Sequence[Example], seed: int) -> list[Example]:
    """Rows with any trust in them, at most ``CAP`` of each public set, whole groups first come first served."""
    by_source: defaultdict[str, list[Example]] = defaultdict(list)
    for example in examples:
        if example.weight > 0:
            by_source[example.source].append(example)
    kept: list[Example] = []
    for source, rows in sorted(by_source.items()):
        limit = CAP.get(source, len(rows))
        if len(rows) > limit:
            random.Random(seed).shuffle(rows)
        kept += rows[:limit]
    return kept


def _figures(logits: NDArray[np.float32], rows: Sequence[Row], calibration: Calibration) -> dict[str, float]:
    facet = np.array([row.facet for row in rows])
    known = facet >= 0
    right = logits[known, 2 + len(HAZARDS) :].argmax(1) == facet[known]
    return {**calibration.figures, "facet_accuracy": round(float(right.mean()), 4)}


def _tokenizer(base_model: Path) -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(base_model / "tokenizer.json"))


def train_from_folders(
    own: Path, public: Path | None, output: Path, settings: TrainSettings, progress: Progress
) -> dict[str, Any]:
    """Train on every ``*.jsonl`` file of the folders, from the bundled MiniLM. Raises as ``train``."""
    if not own.is_dir() or (public is not None and not public.is_dir()):
        raise LabelError(f"`{own if not own.is_dir() else public}` is no folder; pass a folder of *.jsonl files")
    base = model_dir()
    verify_weights(base)
    files = sorted(public.glob("*.jsonl")) if public else []
    return train(sorted(own.glob("*.jsonl")), files, base, output, settings, progress)
