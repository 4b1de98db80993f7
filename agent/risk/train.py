"""Train the risk model from labelled requests: ``handrail risk train``.

MiniLM encoders are fine-tuned on word embeddings that they share, with one head per label; labels that a row does not have are masked
out of the loss.
After training, every binary head is calibrated on held-out rows (Platt, 1999) and the facets by temperature (Guo et al., 2017);
the encoders are exported as one graph to ONNX and quantised to int8.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from agent.errors import LabelError
from agent.risk.augment import framed, jailbroken, telegraphic, threaded, typed
from agent.risk.calibrate import auc, calibrate, log_loss, nll
from agent.risk.classifier import BINARY, FIRST_FACET, HAZARDS, OUTPUTS, STAKES, Logits
from agent.risk.compose import FOLDER as COMPOSITIONS
from agent.risk.compose import composed
from agent.risk.earlier import averaged, graph_logits, read_earlier, shaped
from agent.risk.export import write_artifact
from agent.risk.features import MAX_TOKENS, Encoder, encoder_of, padded
from agent.risk.grammar import FOLDER as GRAMMARS
from agent.risk.grammar import generated
from agent.risk.labels import CORRECTIONS, corrected, read_corrections, read_examples
from agent.risk.metrics import recall_at_fpr
from agent.risk.network import Heads, NgramModel, Towers, encoder_network
from agent.risk.rows import Reader, Row, batches, capped, drawn, masked, split
from retrieval import memory
from retrieval.embedding.minilm import model_dir, verify_weights
from retrieval.gloss import load_gloss

RANKING: Final = 0.5
"""Weight of telling the rows of a contrast pair apart, beside the losses of the heads."""
_APART: Final = 1_000_000
"""Between the seeds that one encoder and the next start from; members and passes have seeds of their own."""
WARM_UP: Final = 0.05
"""Part of the training in which the learning rates rise."""
MIN_LANGUAGE_ROWS: Final = 30
"""Held-out rows of a language below which it gets no figures and no weight of its own."""

Progress = Callable[[str, int, int], None]
"""Called with the stage, the steps done and the steps in all."""


class TrainSettings(NamedTuple):
    """Everything that decides what comes out, besides the data."""

    seed: int = 13
    towers: int = 1
    """Encoders fitted from starts of their own, of whose logits the mean is what the model says (``network.Towers``)."""
    members: int = 1
    """Fits of the encoders from one start in different order, of whose weights the mean is kept (Wortsman et al., 2022)."""
    earlier_share: float = 0.3
    """What the weights of an earlier model count in the mean, where one is given."""
    go_on: bool = False
    """Whether the encoders start from those of the earlier model rather than from the plain MiniLM; one that it lacks starts plain."""
    epochs: int = 4
    batch: int = 128
    learning_rate: float = 3e-4
    head_learning_rate: float = 1e-3
    embedding_learning_rate: float = 2e-4
    """Of the word embeddings; 0 leaves them as they are."""
    own_weight: float = 1.5
    """Weight of our own rows in the loss, relative to a trusted public row."""
    easy_share: float = 0.1
    """Chance at which rows are drawn that were judged well when they were read last, or by the earlier model where training goes
    on from one (``rows.drawn``); 1 reads all of them in every pass."""
    train_tokens: int = MAX_TOKENS
    """Word pieces of a row that training reads; serving reads ``MAX_TOKENS`` a window."""
    masked_share: float = 0.05
    """Share of the word pieces that training does not see, others in each pass."""
    validation_share: float = 0.1
    ngram_epochs: int = 12
    ngram_decay: float = 1e-6
    framed_share: float = 0.1
    jailbroken_share: float = 0.6
    telegraphic_share: float = 0.2
    threaded_share: float = 0.1
    typed_share: float = 0.1
    """Shares of the rows that also appear inside a frame, behind a published jailbreak, as a gloss would read, in a thread, or
    as somebody types in a hurry; see ``augment``."""


def train(
    own: Sequence[Path],
    public: Sequence[Path],
    base_model: Path,
    output: Path,
    settings: TrainSettings,
    progress: Progress,
    earlier: Path | None = None,
) -> dict[str, Any]:
    """Fit, calibrate and write the artifact to ``output``; returns the figures that the manifest keeps. With ``earlier``, the
    folder of a model that was fitted before on some of the rows, the weights are the mean with its own; of one with more encoders
    the first ones count.

    Raises:
        LabelError: a label file is not valid; nothing has been trained then.
        ArtifactError: the earlier model cannot be read or has another shape; nothing has been trained then.
    """
    memory.keep()
    before = read_earlier(earlier, settings.seed) if earlier else None
    known = before.towers[: settings.towers] if before is not None else ()
    starts = _starts(base_model, settings, known)
    public_examples = corrected(read_examples(public), read_corrections(CORRECTIONS))
    examples = capped([*read_examples(own), *public_examples], settings.seed)
    if not examples:
        raise LabelError("no labelled rows to train on; pass files with --own or --public")
    own_sources = {path.stem for path in own}
    fit, held = split(examples, settings.validation_share, settings.seed)
    fit += [*composed(COMPOSITIONS, settings.seed), *generated(GRAMMARS, settings.seed)]
    fit += [
        *framed(fit, settings.framed_share, settings.seed),
        *jailbroken(fit, settings.jailbroken_share, settings.seed),
        *telegraphic(fit, settings.telegraphic_share, settings.seed),
        *threaded(fit, settings.threaded_share, settings.seed),
        *typed(fit, settings.typed_share, settings.seed),
    ]
    reader = Reader(encoder_of(_tokenizer(base_model)), load_gloss())
    rows = [
        reader.row(e._replace(weight=settings.own_weight) if e.source in own_sources else e, settings.train_tokens)
        for e in fit
    ]
    torch.manual_seed(settings.seed)
    flat = fit_ngrams(rows, settings, progress)
    judged = None
    # An encoder that starts plain has read none of them yet, and reads them all.
    if earlier is not None and len(known) == len(starts) and settings.go_on and settings.easy_share < 1:
        judged = graph_logits(earlier, [row.window for row in rows], reader.encoder.pad, progress)
    deep, read = fit_encoders(Towers(starts), rows, reader.encoder, settings, progress, judged)
    for tower, its_predecessor in zip(deep.encoders, known, strict=False):
        tower.load_state_dict(averaged(tower.state_dict(), its_predecessor, settings.earlier_share))

    held = [example for example in held if example.source in own_sources] or held
    held_rows = [reader.row(example) for example in held]
    deep_logits, flat_logits = predict(deep, held_rows, reader.encoder.pad), predict_ngrams(flat, held_rows)
    targets, facets = np.stack([row.targets for row in held_rows]), np.array([row.facet for row in held_rows])
    languages = [row.language for row in held_rows]
    weights = ngram_weights(deep_logits, flat_logits, targets, facets, languages)
    logits = deep_logits + flat_logits * np.array([[weights.get(lang, weights["other"])] for lang in languages])
    calibration = calibrate(logits.astype(np.float32), targets, facets)
    trained: dict[str, Any] = {
        "settings": settings._asdict(),
        "rows": len(fit),
        "rows_read": read,
        "validation_rows": len(held),
        "sources": dict(sorted(Counter(example.source for example in fit).items())),
        "languages": dict(sorted(Counter(example.lang for example in fit).items())),
        "validation": {
            **calibration.figures,
            "prompt_attack_recall_at_1pct_fpr": _attacks_seen(logits[:, 1], targets[:, 1]),
            **_by_language(logits, targets, facets, languages),
        },
    }
    if before is not None:
        trained["earlier"] = before.version
    write_artifact(deep, flat, base_model, output, calibration, weights, trained)
    return trained


def _starts(base_model: Path, settings: TrainSettings, known: Sequence[Mapping[str, Tensor]]) -> list[Heads]:
    """Where each encoder begins: heads of its own on the plain MiniLM, or its predecessor among ``known``.

    Raises:
        ArtifactError: the earlier model has another shape, also where it would only be averaged with later.
    """
    starts: list[Heads] = []
    for number in range(settings.towers):
        # One start for all members of an encoder: heads that start apart cannot be averaged.
        torch.manual_seed(settings.seed + _APART * number)
        start = encoder_network(str(base_model))
        if number < len(known):
            begun = shaped(known[number], start.state_dict())
            if settings.go_on:
                start.load_state_dict(begun)
        starts.append(start)
    return starts


def predict(network: Towers, rows: Sequence[Row], pad: int) -> NDArray[np.float32]:
    """Logits of the encoders, shape ``(len(rows), OUTPUTS)``."""
    network.eval()
    out = np.zeros((len(rows), OUTPUTS), dtype=np.float32)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].window.ids))
    with torch.no_grad():
        for start in range(0, len(order), 64):
            picked = order[start : start + 64]
            out[picked] = network(**_tokens([rows[i] for i in picked], pad)).numpy()
    return out


def predict_ngrams(network: NgramModel, rows: Sequence[Row]) -> NDArray[np.float32]:
    """Logits of the n-gram model, shape ``(len(rows), OUTPUTS)``."""
    with torch.no_grad():
        out: NDArray[np.float32] = network(*_grams(rows)).numpy()
    return out


def fit_ngrams(rows: Sequence[Row], settings: TrainSettings, progress: Progress) -> NgramModel:
    """The n-gram model, fitted alone, so that it does not lean on the encoder."""
    network = NgramModel()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for epoch in range(settings.ngram_epochs):
        for group in optimizer.param_groups:
            group["lr"] = 0.02 * (1 - epoch / settings.ngram_epochs)
        for picked in batches(rows, 512, settings.seed + epoch):
            batch = [rows[i] for i in picked]
            loss = _loss(network(*_grams(batch)), batch) + settings.ngram_decay * network.table.weight.square().sum()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]  # torch's stub
            optimizer.step()
        progress("n-grams", epoch + 1, settings.ngram_epochs)
    return network


def fit_encoders(
    start: Towers,
    rows: Sequence[Row],
    encoder: Encoder,
    settings: TrainSettings,
    progress: Progress,
    judged: Logits | None = None,
) -> tuple[Towers, list[int]]:
    """The encoders with the mean weights of all members, each fitted from ``start``; and how many rows each pass has read."""
    networks: list[Towers] = []
    read: list[int] = []
    for member in range(settings.members):
        networks.append(copy.deepcopy(start))
        torch.manual_seed(settings.seed + member)
        other_order = settings._replace(seed=settings.seed + 1000 * member)

        def advance(stage: str, done: int, total: int, number: int = member + 1) -> None:
            progress(stage if settings.members == 1 else f"member {number}, {stage}", done, total)

        read += fit_towers(networks[-1], rows, encoder, other_order, advance, judged)
    states = [network.state_dict() for network in networks]
    mean = {
        name: torch.stack([state[name] for state in states]).mean(0) if value.is_floating_point() else value
        for name, value in states[0].items()
    }
    networks[0].load_state_dict(mean)
    return networks[0], read


def fit_towers(
    network: Towers,
    rows: Sequence[Row],
    encoder: Encoder,
    settings: TrainSettings,
    progress: Progress,
    judged: Logits | None = None,
) -> list[int]:
    """The encoders, their heads and the word embeddings are fitted; each encoder has its own loss, so what they have in common is
    the embeddings and the order of the rows. Returns how many rows each pass has read.

    The first pass reads all rows, or those drawn by what ``judged`` (logits of ``rows``, in order) makes of them; each later one those
    drawn by what the network itself made of them when it read them last. Learning rates rise and fall once (Smith and Topin, 2019).
    """
    words = network.word_embeddings
    words.requires_grad_(settings.embedding_learning_rate > 0)
    heads = [p for tower in network.encoders for p in (*tower.hidden.parameters(), *tower.out.parameters())]
    apart = {id(parameter) for parameter in (words, *heads)}
    body = [p for p in network.parameters() if p.requires_grad and id(p) not in apart]
    groups: list[dict[str, Any]] = [
        {"params": body, "lr": settings.learning_rate},
        {"params": heads, "lr": settings.head_learning_rate},
    ]
    if words.requires_grad:
        # No decay: it would wear down the words that no row has.
        groups.append({"params": [words], "lr": settings.embedding_learning_rate, "weight_decay": 0.0})
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    highest = [group["lr"] for group in optimizer.param_groups]
    # Where the processor has bfloat16 it is twice as quick; weights stay in float32, and held-out figures do not differ. Where
    # it has not, emulating it takes nearly three times as long as float32.
    able = torch.cpu.get_capabilities()
    quick = bool(able.get("avx512_bf16") or able.get("bf16"))
    network.train()
    chance = np.random.default_rng(settings.seed)
    latest = None if judged is None else judged.copy()
    read: list[int] = []
    for epoch in range(settings.epochs):
        hard = dict(enumerate(rows))
        if latest is not None and settings.easy_share < 1:
            hard = drawn(rows, latest, settings.easy_share, settings.seed + epoch)
        read.append(len(hard))
        places, now = np.fromiter(hard, dtype=np.int64), list(hard.values())
        latest = np.zeros((len(rows), OUTPUTS), dtype=np.float32) if latest is None else latest
        order = batches(now, settings.batch, settings.seed + epoch)
        for step, picked in enumerate(order):
            done = (epoch + step / len(order)) / settings.epochs
            for group, rate in zip(optimizer.param_groups, highest, strict=True):
                group["lr"] = rate * min(done / WARM_UP + 0.02, (1 - done) / (1 - WARM_UP))
            batch = [now[i] for i in picked]
            tokens = _tokens(batch, encoder.pad)
            seen = masked(tokens["input_ids"].numpy(), settings.masked_share, encoder, chance)
            tokens["input_ids"] = torch.from_numpy(seen)
            optimizer.zero_grad(set_to_none=True)
            said = []
            for tower in network.encoders:
                with torch.autocast("cpu", torch.bfloat16, enabled=quick):
                    logits = tower(**tokens).float()
                said.append(logits.detach())
                loss = _loss(logits, batch)
                loss.backward()  # type: ignore[no-untyped-call]  # torch's stub
            latest[places[picked]] = torch.stack(said).mean(0).numpy()
            torch.nn.utils.clip_grad_norm_(network.parameters(), len(network.encoders) ** 0.5)
            optimizer.step()
            progress(f"pass {epoch + 1} of {settings.epochs}", step + 1, len(order))
    return read


def ngram_weights(
    deep: NDArray[np.float32],
    flat: NDArray[np.float32],
    targets: NDArray[np.float32],
    facets: NDArray[np.int64],
    languages: Sequence[str],
) -> dict[str, float]:
    """How much the n-grams count per language: what gives the least held-out loss on ``unsafe`` and the facets."""
    grid = (0.0, 0.15, 0.3, 0.5, 0.75, 1.0, 1.5)
    weights: dict[str, float] = {}
    for name in ("en", "es", "zh", "ar", "other"):
        here = (
            np.array([name == "other" or lang == name for lang in languages]) & (facets >= 0) & ~np.isnan(targets[:, 0])
        )
        if here.sum() < MIN_LANGUAGE_ROWS:
            continue
        losses = []
        for weight in grid:
            logits = deep[here] + weight * flat[here]
            losses.append(
                log_loss(logits[:, 0], targets[here, 0]) + 0.5 * nll(logits[:, FIRST_FACET:STAKES], facets[here])
            )
        weights[name] = grid[int(np.argmin(losses))]
    return {"other": 0.3, **weights}


def _loss(logits: Tensor, batch: Sequence[Row]) -> Tensor:
    """Masked sum over heads: unsafe counts twice, each hazard a quarter, stakes and urgency half, the facet .7."""
    targets = torch.from_numpy(np.stack([row.targets for row in batch]))
    weight = torch.tensor([row.weight for row in batch]).unsqueeze(1)
    known = ~torch.isnan(targets)
    ranking = _ranking(logits[:, 0], [row.group for row in batch], targets[:, 0])
    smooth = torch.nan_to_num(targets) * 0.96 + 0.02
    binary = torch.nn.functional.binary_cross_entropy_with_logits(logits[:, list(BINARY)], smooth, reduction="none")
    scale = torch.tensor([2.0, 1.0, *(0.25 for _ in HAZARDS), 0.5, 0.5])
    facet = torch.nn.functional.cross_entropy(
        logits[:, FIRST_FACET:STAKES],
        torch.tensor([row.facet for row in batch]),
        ignore_index=-1,
        reduction="none",
        label_smoothing=0.04,
    )
    return ((binary * known * weight * scale).sum(1) + 0.7 * facet * weight[:, 0]).mean() + RANKING * ranking


def _ranking(unsafe: Tensor, groups: Sequence[str], label: Tensor) -> Tensor:
    """Mean of ``-log sigmoid(harmful - harmless)`` over pairs of opposite label within a group (Burges et al., 2005)."""
    names = {name: index for index, name in enumerate(dict.fromkeys(groups))}
    group = torch.tensor([names[name] for name in groups])
    harmful, harmless = label > 0.5, label < 0.5
    pairs = (group.unsqueeze(1) == group.unsqueeze(0)) & harmful.unsqueeze(1) & harmless.unsqueeze(0)
    if not pairs.any():
        return unsafe.sum() * 0.0
    difference = unsafe.unsqueeze(1) - unsafe.unsqueeze(0)
    return torch.nn.functional.softplus(-difference[pairs]).mean()


def _tokens(batch: Sequence[Row], pad: int) -> dict[str, Tensor]:
    return {name: torch.from_numpy(array) for name, array in padded([row.window for row in batch], pad).items()}


def _grams(batch: Sequence[Row]) -> tuple[Tensor, Tensor, Tensor]:
    sizes = [len(row.grams) for row in batch]
    weights = np.concatenate([np.full(size, 1 / np.sqrt(size), dtype=np.float32) for size in sizes])
    offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    grams = np.concatenate([row.grams for row in batch])
    return torch.from_numpy(grams), torch.from_numpy(offsets), torch.from_numpy(weights)


def _attacks_seen(score: NDArray[np.float32], label: NDArray[np.float32]) -> float:
    """Recall of attacks on the prompt where 1% of the others are taken for one."""
    known = ~np.isnan(label)
    return round(recall_at_fpr(0.01)(label[known].astype(float), score[known].astype(float)), 4)


def _by_language(
    logits: NDArray[np.float32], targets: NDArray[np.float32], facets: NDArray[np.int64], languages: Sequence[str]
) -> dict[str, float]:
    out: dict[str, float] = {}
    for name in sorted(set(languages)):
        here = np.array([lang == name for lang in languages])
        label = targets[here, 0]
        if here.sum() >= MIN_LANGUAGE_ROWS and 0 < np.nansum(label) < len(label):
            known = ~np.isnan(label)
            out[f"unsafe_auc_{name}"] = round(auc(logits[here, 0][known].astype(float), label[known].astype(float)), 4)
            judged = facets[here] >= 0
            right = logits[here][judged, FIRST_FACET:STAKES].argmax(1) == facets[here][judged]
            out[f"facet_accuracy_{name}"] = round(float(right.mean()), 4)
    return out


def _tokenizer(base_model: Path) -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(base_model / "tokenizer.json"))


def train_from_folders(
    own: Path,
    public: Path | None,
    output: Path,
    settings: TrainSettings,
    progress: Progress,
    earlier: Path | None = None,
) -> dict[str, Any]:
    """Train on every ``*.jsonl`` file of the folders, from the bundled MiniLM. Raises as ``train``."""
    if not own.is_dir() or (public is not None and not public.is_dir()):
        raise LabelError(f"`{own if not own.is_dir() else public}` is no folder; pass a folder of *.jsonl files")
    base = model_dir()
    verify_weights(base)
    files = sorted(public.glob("*.jsonl")) if public else []
    return train(sorted(own.glob("*.jsonl")), files, base, output, settings, progress, earlier)
