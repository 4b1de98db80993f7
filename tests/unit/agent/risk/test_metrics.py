"""Figures of a binary classifier."""

from __future__ import annotations

import math

import numpy as np
import pytest

from agent.risk.metrics import (
    FIGURES,
    calibration_error,
    f1,
    false_positive_rate,
    figures,
    precision,
    recall,
    recall_at_fpr,
)

LABEL = np.array([1, 1, 1, 0, 0, 0, 0, 0], dtype=float)
SCORE = np.array([0.9, 0.6, 0.4, 0.7, 0.3, 0.2, 0.1, 0.0])


def test_figures_at_the_threshold():
    assert precision(LABEL, SCORE) == pytest.approx(2 / 3)
    assert recall(LABEL, SCORE) == pytest.approx(2 / 3)
    assert f1(LABEL, SCORE) == pytest.approx(2 / 3)
    assert false_positive_rate(LABEL, SCORE) == pytest.approx(1 / 5)


def test_the_threshold_itself_is_flagged():
    assert recall(np.array([1.0]), np.array([0.5])) == 1.0


def test_recall_at_a_false_positive_rate():
    assert recall_at_fpr(0.0)(LABEL, SCORE) == pytest.approx(1 / 3)
    assert recall_at_fpr(0.2)(LABEL, SCORE) == pytest.approx(1.0)
    flagged = recall_at_fpr(0.0)(LABEL, np.full(8, 0.5))
    assert flagged == 0.0


def test_calibration_error_is_none_for_honest_scores_and_large_for_boasts():
    label = np.array([1.0] * 8 + [0.0] * 2)
    assert calibration_error(label, np.full(10, 0.8)) == pytest.approx(0.0)
    assert calibration_error(label, np.full(10, 1.0)) == pytest.approx(0.2)


@pytest.mark.parametrize("label", [np.zeros(5), np.ones(5)])
def test_one_class_alone_has_no_curve(label):
    made = figures(label, np.linspace(0, 1, 5), resamples=5)
    assert math.isnan(made["roc_auc"].value)
    assert math.isnan(made["auprc"].low)


def test_every_figure_lies_in_its_interval_and_is_the_same_every_time():
    rng = np.random.default_rng(1)
    label = (rng.random(200) < 0.4).astype(float)
    score = np.clip(0.35 * label + 0.6 * rng.random(200), 0, 1)
    made = figures(label, score, resamples=50)
    assert made == figures(label, score, resamples=50)
    assert set(made) == set(FIGURES)
    for name, figure in made.items():
        assert 0.0 <= figure.low <= figure.high <= 1.0, name
    assert made["roc_auc"].low <= made["roc_auc"].value <= made["roc_auc"].high
