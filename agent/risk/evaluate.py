"""Measure the risk model on labelled files: ``handrail risk evaluate``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from agent.models import Perception, RiskAssessment
from agent.ports import EarlierTurn
from agent.risk.judge import ModelJudge
from agent.risk.labels import Example, read_examples
from agent.risk.metrics import Figure, figures

MIN_ROWS = 30
"""A language with fewer rows in a file gets no slice of its own."""
CHUNK = 16


class Slice(NamedTuple):
    """The figures of one file, or of one language in it."""

    file: str
    lang: str
    """``all`` for the whole file."""
    rows: int
    positive: int
    figures: dict[str, Figure]


def evaluate(
    paths: Sequence[Path], judge: ModelJudge, see: Callable[[str], Perception], progress: Callable[[int, int], None]
) -> list[Slice]:
    """Figures of ``unsafe`` per file, and per language where there are enough rows. Rows without a label are left out.

    Raises:
        LabelError: a file is not valid.
    """
    files = {path: [example for example in read_examples([path]) if example.unsafe is not None] for path in paths}
    total = sum(len(examples) for examples in files.values())
    done = 0
    slices: list[Slice] = []
    for path, examples in files.items():
        scores: list[float] = []
        for chunk in _chunks(examples):
            scores += [risk.unsafe for risk in assess_all(chunk, judge, see)]
            done += len(chunk)
            progress(done, total)
        slices += _slices(path.stem, examples, scores)
    return slices


def assess_all(
    examples: Sequence[Example], judge: ModelJudge, see: Callable[[str], Perception]
) -> list[RiskAssessment]:
    """One assessment per example, each in its earlier conversation."""
    earlier = [[EarlierTurn(text, None, None) for text in example.earlier] for example in examples]
    return judge.judge([see(example.text) for example in examples], earlier)


def _slices(name: str, examples: Sequence[Example], scores: Sequence[float]) -> Iterable[Slice]:
    by_lang: defaultdict[str, list[int]] = defaultdict(list)
    for index, example in enumerate(examples):
        by_lang[example.lang].append(index)
    chosen = {"all": list(range(len(examples)))}
    if len(by_lang) > 1:
        chosen |= {lang: rows for lang, rows in sorted(by_lang.items()) if len(rows) >= MIN_ROWS}
    for lang, rows in chosen.items():
        if not rows:
            continue
        # A soft label (a category that is unsafe as a whole) counts as the side it is nearer to.
        label = np.array([float((examples[i].unsafe or 0.0) >= 0.5) for i in rows])
        score = np.array([scores[i] for i in rows])
        yield Slice(name, lang, len(rows), int(label.sum()), figures(label, score))


def _chunks(examples: Sequence[Example]) -> Iterable[Sequence[Example]]:
    for start in range(0, len(examples), CHUNK):
        yield examples[start : start + CHUNK]
