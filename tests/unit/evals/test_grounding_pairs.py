"""The pairs, and what is learned from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.nearness import Nearness
from agent.support import load_support
from evals.grounding_pairs import (
    AIMS,
    KINDS,
    Figures,
    evaluate,
    fit,
    held_out,
    lines,
    load_pairs,
    milliseconds,
    missed,
    section_texts,
)
from retrieval.embedding.onnx import load_minilm

PAIRS = [pair for many in load_pairs().values() for pair in many]


def test_there_are_enough_pairs_of_every_kind_in_four_languages():
    assert set(load_pairs()) == {"en", "es", "zh", "ar"}
    assert len(PAIRS) >= 1_000
    assert {pair.kind for pair in PAIRS} == set(KINDS)
    assert len({(pair.section, pair.sentence) for pair in PAIRS}) == len(PAIRS)


def test_every_pair_points_into_the_library_and_translations_stay_in_one_half():
    assert {pair.section for pair in PAIRS} <= set(section_texts())
    halves = {pair.family: held_out(pair) for pair in PAIRS}
    assert 0.3 < sum(held_out(pair) for pair in PAIRS) / len(PAIRS) < 0.7
    assert all(halves[pair.family] is held_out(pair) for pair in PAIRS)


@pytest.fixture(scope="module")
def near(model_home: Path) -> Nearness:
    """With the embedder that the thresholds are shipped for."""
    return Nearness(load_minilm(model_home))


def test_the_shipped_thresholds_are_about_those_that_are_learned_from_the_library_as_it_is(near):
    learned, shipped = fit(near), load_support()
    assert learned.embedder == shipped.embedder == near.name
    assert set(learned.thresholds) == set(shipped.thresholds)
    for language, limits in learned.thresholds.items():
        for name, value in limits:
            assert abs(value - getattr(shipped.thresholds[language], name)) < 0.15


def test_the_aims_are_met_on_the_held_out_half_and_meaning_carries_what_words_do_not(near):
    found, by_words = (evaluate(load_support(), one)["all"].right for one in (near, None))
    assert missed(evaluate(load_support(), near)) == []
    assert found["reworded"] > by_words["reworded"] + 0.3
    assert found["plausible"] > 0.9


def test_a_miss_names_the_kind_and_the_language():
    everything = dict.fromkeys(KINDS, 1.0)
    found = {"en": Figures({**everything, "number": 0.98}, {}), "es": Figures({**everything, "plausible": 0.0}, {})}
    assert missed(found) == ["number in en"]
    assert all(kind in KINDS for kind in AIMS)


def test_figures_are_a_table():
    figures = Figures(dict.fromkeys(KINDS, 0.5), dict.fromkeys(KINDS, 4))
    assert lines({"en": figures})[0].split() == list(KINDS)
    assert lines({"en": figures})[1].split()[:4] == ["en", "50.0%", "of", "4"]


def test_the_time_of_a_check_is_measured():
    p50, p95 = milliseconds(load_support(), None)
    assert 0 < p50 <= p95
