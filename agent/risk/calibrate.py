"""Calibration of logits on held-out rows, in numpy.

Binary heads: Platt scaling, a logistic regression on the logit (Platt, 1999), with his target smoothing. Facets: one
temperature that minimises the negative log-likelihood (Guo et al., 2017).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.risk.classifier import BINARY, FIRST_FACET, HAZARDS, STAKES, URGENT, Platt
from policies.taxonomy import Hazard

FEW = 12
"""A head with fewer positive held-out rows keeps its logit as it is."""


class Calibration(NamedTuple):
    """Calibration of every head, and the figures of the held-out rows it was fitted on."""

    unsafe: Platt
    prompt_attack: Platt
    stakes: Platt
    urgent: Platt
    hazard: dict[Hazard, Platt]
    facet_temperature: float
    figures: dict[str, float]


def calibrate(logits: NDArray[np.float32], targets: NDArray[np.float32], facets: NDArray[np.int64]) -> Calibration:
    """Fit on logits ``(n, OUTPUTS)``, targets ``(n, BINARY)`` with ``nan`` for unknown, facets ``(n,)`` with -1."""
    binary = [fit_platt(*_known(logits[:, output], targets[:, i])) for i, output in enumerate(BINARY)]
    figures: dict[str, float] = {}
    for name, index in (
        ("unsafe", 0),
        ("prompt_attack", 1),
        ("stakes", BINARY.index(STAKES)),
        ("urgent", BINARY.index(URGENT)),
    ):
        score, label = _known(logits[:, BINARY[index]], targets[:, index])
        if 0 < label.sum() < len(label):
            figures[f"{name}_auc"] = round(auc(score, label), 4)
            figures[f"{name}_accuracy"] = round(
                float(((binary[index].scale * score + binary[index].shift > 0) == (label > 0.5)).mean()), 4
            )
    known = facets >= 0
    return Calibration(
        unsafe=binary[0],
        prompt_attack=binary[1],
        stakes=binary[BINARY.index(STAKES)],
        urgent=binary[BINARY.index(URGENT)],
        hazard=dict(zip(HAZARDS, binary[2:FIRST_FACET], strict=True)),
        facet_temperature=fit_temperature(logits[known, FIRST_FACET:STAKES], facets[known]),
        figures=figures,
    )


def fit_platt(score: NDArray[np.float64], label: NDArray[np.float64]) -> Platt:
    """Newton's method on the log-loss; the identity when there is too little to learn from."""
    positive = float((label > 0.5).sum())
    negative = len(label) - positive
    if min(positive, negative) < FEW:
        return Platt()
    target = np.where(label > 0.5, (positive + 1) / (positive + 2), 1 / (negative + 2))
    scale, shift = 1.0, 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(scale * score + shift, -30, 30)))
        curve = np.maximum(p * (1 - p), 1e-9)
        gradient = np.array([((p - target) * score).sum(), (p - target).sum()])
        hessian = np.array(
            [[(curve * score**2).sum() + 1e-6, (curve * score).sum()], [(curve * score).sum(), curve.sum() + 1e-6]]
        )
        step = np.linalg.solve(hessian, gradient)
        scale, shift = scale - float(step[0]), shift - float(step[1])
        if float(np.abs(step).max()) < 1e-7:
            break
    return Platt(scale=round(scale, 6), shift=round(shift, 6)) if scale > 0 else Platt()


def fit_temperature(logits: NDArray[np.float32], label: NDArray[np.int64]) -> float:
    """The temperature of least negative log-likelihood on a grid from 0.5 to 3."""
    if len(label) == 0:
        return 1.0
    grid = np.linspace(0.5, 3.0, 51)
    losses = [nll(logits / t, label) for t in grid]
    return float(round(grid[int(np.argmin(losses))], 3))


def auc(score: NDArray[np.float64], label: NDArray[np.float64]) -> float:
    """Area under the ROC curve by ranks (Mann-Whitney); ties count half."""
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positive = label > 0.5
    n, m = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m))


def _known(score: NDArray[np.float32], label: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    known = ~np.isnan(label)
    return score[known].astype(np.float64), label[known].astype(np.float64)


def nll(logits: NDArray[np.float32], label: NDArray[np.int64]) -> float:
    """Mean negative log-likelihood of classes ``label`` under softmax."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_z = np.log(np.exp(shifted).sum(axis=1))
    return float((log_z - shifted[np.arange(len(label)), label]).mean())


def log_loss(score: NDArray[np.float32], label: NDArray[np.float32]) -> float:
    """Mean binary cross-entropy of logits."""
    return float(np.mean(np.logaddexp(0.0, score) - label * score))
