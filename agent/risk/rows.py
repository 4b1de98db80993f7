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
from agent.risk.classifier import BINARY, FACETS, HAZARDS
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
            targets[-1] = float(example.stakes)
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
