"""The pairs, and what is learned from them."""

from __future__ import annotations

from agent.support import load_support
from evals.grounding_pairs import AIMS, KINDS, evaluate, fit, held_out, lines, load_pairs, missed, section_texts

PAIRS = [pair for many in load_pairs().values() for pair in many]


def test_there_are_enough_pairs_of_every_kind_in_four_languages():
    assert set(load_pairs()) == {"en", "es", "zh", "ar"}
    assert len(PAIRS) >= 600
    assert {pair.kind for pair in PAIRS} == set(KINDS)
    assert len({(pair.section, pair.sentence) for pair in PAIRS}) == len(PAIRS)


def test_every_pair_points_into_the_library_and_translations_stay_in_one_half():
    assert {pair.section for pair in PAIRS} <= set(section_texts())
    halves = {pair.family: held_out(pair) for pair in PAIRS}
    assert 0.3 < sum(held_out(pair) for pair in PAIRS) / len(PAIRS) < 0.7
    assert all(halves[pair.family] is held_out(pair) for pair in PAIRS)


def test_the_shipped_thresholds_are_about_those_that_are_learned_from_the_library_as_it_is():
    learned, shipped = fit().thresholds, load_support().thresholds
    assert set(learned) == set(shipped)
    for language, limits in learned.items():
        assert abs(limits.coverage - shipped[language].coverage) < 0.15
        assert abs(limits.novelty - shipped[language].novelty) < 1.5


def test_the_aims_are_met_on_the_held_out_half():
    found = evaluate(load_support())
    assert missed(found) == []
    assert all(found["all"].pairs[kind] >= 20 for kind in AIMS)
    assert lines(found)[0].split() == list(KINDS)
