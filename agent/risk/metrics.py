"""Figures of a binary classifier on labelled rows, with bootstrap intervals. Pure functions over numpy arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

Floats = NDArray[np.float64]
THRESHOLD: Final = 0.5
"""The shipped threshold on ``unsafe``."""


class Figure(NamedTuple):
    """A value with its 95% bootstrap interval; ``nan`` where it is not defined (only one class)."""

    value: float
    low: float
    high: float


def precision(label: Floats, score: Floats) -> float:
    """Share of flagged rows that are positive, at ``THRESHOLD``."""
    flagged = score >= THRESHOLD
    return float(label[flagged].mean()) if flagged.any() else float("nan")


def recall(label: Floats, score: Floats) -> float:
    """Share of positive rows that are flagged, at ``THRESHOLD``."""
    positive = label > 0.5
    return float((score[positive] >= THRESHOLD).mean()) if positive.any() else float("nan")


def false_positive_rate(label: Floats, score: Floats) -> float:
    """Share of negative rows that are flagged, at ``THRESHOLD``."""
    negative = label < 0.5
    return float((score[negative] >= THRESHOLD).mean()) if negative.any() else float("nan")


def f1(label: Floats, score: Floats) -> float:
    """Harmonic mean of precision and recall at ``THRESHOLD``."""
    p, r = precision(label, score), recall(label, score)
    return 2 * p * r / (p + r) if p + r > 0 else float("nan")


def auprc(label: Floats, score: Floats) -> float:
    """Average precision."""
    return float(average_precision_score(label > 0.5, score)) if _two_classes(label) else float("nan")


def roc_auc(label: Floats, score: Floats) -> float:
    """Area under the ROC curve."""
    return float(roc_auc_score(label > 0.5, score)) if _two_classes(label) else float("nan")


def recall_at_fpr(rate: float) -> Callable[[Floats, Floats], float]:
    """Recall at the lowest threshold that flags at most ``rate`` of the negative rows."""

    def at(label: Floats, score: Floats) -> float:
        if not _two_classes(label):
            return float("nan")
        negative = np.sort(score[label < 0.5])[::-1]
        cut = negative[min(int(rate * len(negative)), len(negative) - 1)]
        return float((score[label > 0.5] > cut).mean())

    return at


def calibration_error(label: Floats, score: Floats, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins (Naeini et al., 2015)."""
    index = np.minimum((score * bins).astype(int), bins - 1)
    total = 0.0
    for b in range(bins):
        inside = index == b
        if inside.any():
            total += inside.mean() * abs(float(score[inside].mean()) - float(label[inside].mean()))
    return float(total)


FIGURES: Final[dict[str, Callable[[Floats, Floats], float]]] = {
    "auprc": auprc,
    "roc_auc": roc_auc,
    "f1": f1,
    "precision": precision,
    "recall": recall,
    "false_positive_rate": false_positive_rate,
    "recall_at_1pct_fpr": recall_at_fpr(0.01),
    "recall_at_5pct_fpr": recall_at_fpr(0.05),
    "calibration_error": calibration_error,
}


def figures(label: Floats, score: Floats, *, resamples: int = 200, seed: int = 7) -> dict[str, Figure]:
    """Every figure with its percentile bootstrap interval (Efron, 1979)."""
    rng = np.random.default_rng(seed)
    draws = [rng.integers(0, len(label), len(label)) for _ in range(resamples)]
    return {name: _with_interval(measure, label, score, draws) for name, measure in FIGURES.items()}


def _with_interval(
    measure: Callable[[Floats, Floats], float], label: Floats, score: Floats, draws: list[NDArray[np.int64]]
) -> Figure:
    value = measure(label, score)
    if np.isnan(value):
        return Figure(value, value, value)
    sampled = np.array([measure(label[draw], score[draw]) for draw in draws])
    sampled = sampled[~np.isnan(sampled)]
    low, high = np.quantile(sampled, [0.025, 0.975]) if len(sampled) else (value, value)
    return Figure(value, float(low), float(high))


def _two_classes(label: Floats) -> bool:
    return bool((label > 0.5).any() and (label < 0.5).any())
