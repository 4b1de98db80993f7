"""Calibration of logits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.risk.calibrate import FEW, auc, calibrate, fit_platt, fit_temperature
from agent.risk.classifier import BINARY, FACETS, FIRST_FACET, HAZARDS, OUTPUTS, STAKES, URGENT, Platt

RNG = np.random.default_rng(3)


def test_platt_recovers_the_scale_and_shift_the_labels_were_drawn_with():
    score = RNG.normal(0, 2, 20_000)
    label = (RNG.random(20_000) < 1 / (1 + np.exp(-(0.5 * score - 1)))).astype(float)
    fitted = fit_platt(score, label)
    assert fitted.scale == pytest.approx(0.5, abs=0.05)
    assert fitted.shift == pytest.approx(-1.0, abs=0.08)


def test_too_few_rows_or_a_score_that_misleads_leave_the_logit_as_it_is():
    few = np.r_[np.ones(FEW - 1), np.zeros(100)]
    assert fit_platt(RNG.normal(size=len(few)), few) == Platt()
    label = np.r_[np.ones(50), np.zeros(50)]
    assert fit_platt(-3 * label + RNG.normal(0, 0.5, 100), label) == Platt()


def test_separable_scores_stay_finite():
    label = np.r_[np.ones(50), np.zeros(50)]
    fitted = fit_platt(np.where(label > 0, 5.0, -5.0), label)
    assert 0 < fitted.scale < 10


def test_temperature_recovers_the_one_the_labels_were_drawn_with():
    logits = RNG.normal(0, 3, (5_000, 6)).astype(np.float32)
    probability = np.exp(logits / 2.0)
    probability /= probability.sum(1, keepdims=True)
    label = np.array([RNG.choice(6, p=p / p.sum()) for p in probability.astype(np.float64)])
    assert fit_temperature(logits, label) == pytest.approx(2.0, abs=0.2)
    assert fit_temperature(logits[:0], label[:0]) == 1.0


@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=30))
def test_auc_is_the_share_of_pairs_in_the_right_order_ties_half(rows):
    score, label = np.array([float(s) for s, _ in rows]), np.array([float(y) for _, y in rows])
    positive, negative = score[label > 0.5], score[label < 0.5]
    if not len(positive) or not len(negative):
        return
    pairs = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    assert auc(score, label) == pytest.approx(sum(pairs) / len(pairs))


def test_every_head_is_calibrated_and_unknown_labels_do_not_count():
    n = 200
    logits = RNG.normal(size=(n, OUTPUTS)).astype(np.float32)
    targets = np.full((n, len(BINARY)), np.nan, dtype=np.float32)
    targets[:100, 0] = (logits[:100, 0] + RNG.normal(0, 1, 100) > 0).astype(np.float32)
    targets[100:, -2] = (logits[100:, STAKES] + RNG.normal(0, 1, 100) > 0).astype(np.float32)
    targets[100:, -1] = (logits[100:, URGENT] + RNG.normal(0, 1, 100) > 0).astype(np.float32)
    facets = np.full(n, -1)
    facets[:50] = logits[:50, FIRST_FACET:STAKES].argmax(1)
    made = calibrate(logits, targets, facets)
    assert made.unsafe != Platt()
    assert Platt() not in (made.stakes, made.urgent)
    assert made.stakes != made.urgent
    assert made.prompt_attack == Platt()
    assert set(made.hazard) == set(HAZARDS)
    assert 0.5 <= made.facet_temperature <= 3.0
    assert set(made.figures) == {
        f"{name}_{figure}" for name in ("unsafe", "stakes", "urgent") for figure in ("auc", "accuracy")
    }
    assert made.figures["unsafe_auc"] > 0.7
    assert len(FACETS) == OUTPUTS - 4 - len(HAZARDS)
