"""What text signals add to the scores of the model."""

from __future__ import annotations

import pytest

from agent.risk.classifier import HAZARDS, Scores
from agent.risk.evidence import TABLE, with_evidence
from agent.risk.signals import load_signals
from policies.taxonomy import Facet, Hazard


def scores(unsafe: float = 0.2) -> Scores:
    rest = 0.2 / (len(Facet) - 1)
    facets = {facet: 0.8 if facet is Facet.EVERYDAY else rest for facet in Facet}
    return Scores(unsafe, 0.01, dict.fromkeys(HAZARDS, 0.05), facets, 0.3, 0.1)


def test_without_a_signal_nothing_moves():
    assert with_evidence(scores(), (), "en") == scores()


def test_a_signal_without_evidence_moves_nothing():
    assert with_evidence(scores(), ("smalltalk.greeting",), "en") == scores()


HARMLESS = sorted(name for name, evidence in TABLE.items() if evidence.unsafe < 0)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_signal_raises_its_facet(name):
    moved = with_evidence(scores(), (name,), "zh")
    assert moved.facets[TABLE[name].facet] > scores().facets[TABLE[name].facet]
    assert sum(moved.facets.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("name", sorted(set(TABLE) - set(HARMLESS)))
def test_a_signal_of_harm_never_lowers_unsafe(name):
    assert with_evidence(scores(), (name,), "zh").unsafe >= scores().unsafe - 1e-9


@pytest.mark.parametrize("name", HARMLESS)
def test_what_shows_a_text_to_be_harmless_lowers_unsafe_a_little_and_no_hazard(name):
    moved = with_evidence(scores(0.6), (name,), "en")
    assert 0.25 < moved.unsafe < 0.5
    assert moved.hazards == scores().hazards
    assert with_evidence(scores(0.9), (name,), "en").unsafe > 0.5


@pytest.mark.parametrize("name", HARMLESS)
def test_what_shows_a_text_to_be_harmless_is_silent_beside_a_signal_of_harm(name):
    beside = with_evidence(scores(), (name, "malware.make"), "en")
    assert beside == with_evidence(scores(), ("malware.make",), "en")


def test_a_signal_without_a_side_keeps_what_shows_a_text_to_be_harmless():
    both = with_evidence(scores(0.6), ("abuse.now", "abuser.left"), "en")
    assert both.unsafe == pytest.approx(with_evidence(scores(0.6), ("abuser.left",), "en").unsafe)


def test_a_first_person_signal_raises_the_hazard():
    moved = with_evidence(scores(), ("self_harm.first_person",), "ar")
    assert moved.hazards[Hazard.SUICIDE_SELF_HARM] > 0.5


def test_two_signals_for_one_facet_count_once():
    one = with_evidence(scores(), ("dose.child",), "en")
    two = with_evidence(scores(), ("dose.child", "dose.question"), "en")
    assert two.facets == pytest.approx(one.facets)


def test_a_signal_moves_further_outside_english():
    english = with_evidence(scores(), ("lyrics.whole",), "en").facets[Facet.VERBATIM_REPRODUCTION]
    assert with_evidence(scores(), ("lyrics.whole",), "zh").facets[Facet.VERBATIM_REPRODUCTION] > english


def test_every_signal_of_the_table_can_fire():
    assert set(TABLE) <= load_signals().names
