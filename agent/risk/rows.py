"""The rows that training reads: which examples, their two sides, as numbers, in batches."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.perception.normalise import normalise
from agent.risk.classifier import BINARY, FACETS, FIRST_FACET, HAZARDS, STAKES, URGENT, Logits
from agent.risk.features import MAX_TOKENS, Encoder, Window, glossed, ngrams, windows
from agent.risk.labels import Example
from agent.risk.sources import CAP
from retrieval.gloss import Gloss


class Row(NamedTuple):
    """An example as numbers. ``targets`` holds ``nan`` where the label is not known."""

    window: Window
    grams: NDArray[np.int64]
    targets: NDArray[np.float32]
    facet: int
    """Index into ``FACETS``; -1 when not known."""
    weight: float
    language: str
    group: str
    """Rows of one group are put into one batch, so that opposite labels in it can be told apart."""


def capped(examples: Sequence[Example], seed: int) -> list[Example]:
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


def split(examples: Sequence[Example], share: float, seed: int) -> tuple[list[Example], list[Example]]:
    """Training and validation rows. Groups (contrast pairs, translations) stay together, and on their side when rows are added."""
    fit: list[Example] = []
    held: list[Example] = []
    for example in examples:
        digest = hashlib.blake2b(f"{seed}:{example.group}".encode(), digest_size=4).digest()
        (held if int.from_bytes(digest, "big") < share * 2**32 else fit).append(example)
    return fit, held


class Reader(NamedTuple):
    """Turns examples into rows."""

    encoder: Encoder
    gloss: Gloss

    def row(self, example: Example, most_tokens: int = MAX_TOKENS) -> Row:
        """The example as numbers; of a long text one window, its head, at most ``most_tokens`` long."""
        text = normalise(example.text)
        targets = np.full(len(BINARY), np.nan, dtype=np.float32)
        if example.unsafe is not None:
            targets[0] = example.unsafe
        if example.prompt_attack is not None:
            targets[1] = example.prompt_attack
        if example.hazards is not None:
            for index, hazard in enumerate(HAZARDS):
                targets[2 + index] = float(hazard in example.hazards)
        if example.stakes is not None:
            targets[BINARY.index(STAKES)] = float(example.stakes)
        if example.urgent is not None:
            targets[BINARY.index(URGENT)] = float(example.urgent)
        earlier = "\n".join(example.earlier)
        window = windows(self.encoder, *glossed(self.gloss, text, earlier, example.lang), most=1)[0]
        return Row(
            window=_cut(window, most_tokens),
            grams=ngrams(text),
            targets=targets,
            facet=FACETS.index(example.facet) if example.facet is not None else -1,
            weight=example.weight,
            language=example.lang,
            group=example.group,
        )


def _cut(window: Window, most: int) -> Window:
    if len(window.ids) <= most:
        return window
    return Window([*window.ids[: most - 1], window.ids[-1]], [*window.types[: most - 1], window.types[-1]])


def drawn(rows: Sequence[Row], logits: Logits, least: float, seed: int) -> dict[int, Row]:
    """A sample of the rows in whole groups, by their places, drawn by how far the logits (those of ``rows``, in order) are off: the
    chance of a group is the largest error of a probability in it, and ``least`` at the least. What is drawn less often counts as
    much more, so the expected loss of the heads stays what it was (importance sampling, after Katharopoulos and Fleuret, 2018)."""
    chance: defaultdict[str, float] = defaultdict(lambda: least)
    for row, error in zip(rows, _errors(rows, logits), strict=True):
        chance[row.group] = max(chance[row.group], float(error))
    shuffler = random.Random(seed)
    kept = {group for group, share in sorted(chance.items()) if shuffler.random() < share}
    return {
        place: row._replace(weight=row.weight / chance[row.group])
        for place, row in enumerate(rows)
        if row.group in kept
    }


def _errors(rows: Sequence[Row], logits: Logits) -> NDArray[np.float64]:
    """The largest error in unsafe, prompt attack, stakes, urgency and facet of each row, of those whose label is known."""
    read = [0, 1, STAKES, URGENT]
    targets = np.stack([row.targets[[BINARY.index(head) for head in read]] for row in rows])
    binary = np.abs(1 / (1 + np.exp(-logits[:, read].astype(np.float64))) - targets)
    facets = logits[:, FIRST_FACET:STAKES].astype(np.float64)
    share = np.exp(facets - facets.max(1, keepdims=True))
    share /= share.sum(1, keepdims=True)
    named = np.array([row.facet for row in rows])
    wrong = np.where(named >= 0, 1 - share[np.arange(len(rows)), named], np.nan)
    errors: NDArray[np.float64] = np.nan_to_num(np.column_stack([binary, wrong])).max(axis=1)
    return errors


def masked(ids: NDArray[np.int64], share: float, encoder: Encoder, chance: np.random.Generator) -> NDArray[np.int64]:
    """The word pieces, about ``share`` of them replaced by the mask, so that no single word is leaned on; special tokens stay."""
    if not share:
        return ids
    special = np.isin(ids, [encoder.cls, encoder.sep, encoder.pad])
    hidden: NDArray[np.int64] = np.where((chance.random(ids.shape) < share) & ~special, encoder.mask, ids)
    return hidden


def batches(rows: Sequence[Row], size: int, seed: int) -> list[list[int]]:
    """Batches of about ``size`` rows of like length, whole groups together where they fit, in random order."""
    shuffler = random.Random(seed)
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        groups[row.group].append(index)
    units = [members[i : i + size] for members in groups.values() for i in range(0, len(members), size)]
    shuffler.shuffle(units)
    batches: list[list[int]] = []
    for chunk in _chunks(units, size * 50):
        batch: list[int] = []
        for unit in sorted(chunk, key=lambda unit: max(len(rows[i].window.ids) for i in unit)):
            if batch and len(batch) + len(unit) > size:
                batches.append(batch)
                batch = []
            batch = [*batch, *unit]
        batches.append(batch)
    shuffler.shuffle(batches)
    return batches


def _chunks(units: Sequence[list[int]], rows: int) -> Iterator[list[list[int]]]:
    """Runs of units with about so many rows together."""
    chunk: list[list[int]] = []
    held = 0
    for unit in units:
        chunk.append(unit)
        held += len(unit)
        if held >= rows:
            yield chunk
            chunk, held = [], 0
    if chunk:
        yield chunk
