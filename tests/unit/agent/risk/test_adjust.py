"""Evidence moves a finished assessment, and core hazards only up."""

from __future__ import annotations

import pytest

from agent.adapters.twins import assessment
from agent.risk.adjust import CORE, CORE_FLOOR, RISKY, doubt, is_core, main_facet, moved, shifted
from policies.taxonomy import Domain, Facet, Hazard

PLAIN = assessment(Facet.WRONGDOING, unsafe=0.8, prompt_attack=0.4, hazards={Hazard.VIOLENT_CRIMES: 0.7})


def score(risk, hazard):
    return next(h.score for h in risk.hazards if h.id is hazard)


@pytest.mark.parametrize(("before", "log_odds", "after"), [(0.5, 0.0, 0.5), (0.5, 2.1972, 0.9), (0.9, -2.1972, 0.5)])
def test_log_odds_add_up(before, log_odds, after):
    assert shifted(before, log_odds) == pytest.approx(after, abs=1e-4)


@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_even_certainty_can_be_moved_and_stays_a_probability(certain):
    assert 0.0 < shifted(certain, 3.0) < 1.0
    assert 0.0 < shifted(certain, -3.0) < 1.0


def test_nothing_added_changes_nothing():
    assert moved(PLAIN) == PLAIN.model_copy(update={"uncertainty": doubt(PLAIN.unsafe, PLAIN.facets)})


def test_scores_facet_domain_and_order_follow():
    risk = moved(
        PLAIN,
        unsafe=-3.0,
        prompt_attack=-1.0,
        hazards={Hazard.VIOLENT_CRIMES: -4.0, Hazard.PRIVACY: 3.0},
        facet=Facet.DEFENSIVE,
        facet_weight=8.0,
    )
    assert risk.unsafe < 0.3
    assert risk.prompt_attack == score(risk, Hazard.PROMPT_ATTACK) < 0.4
    assert (risk.facet, risk.domain) == (Facet.DEFENSIVE, Domain.SECURITY)
    assert sum(risk.facets.values()) == pytest.approx(1.0)
    scores = [h.score for h in risk.hazards]
    assert scores == sorted(scores, reverse=True)
    assert score(risk, Hazard.VIOLENT_CRIMES) < 0.1 < score(risk, Hazard.PRIVACY)


@pytest.mark.parametrize("hazard", sorted(CORE))
def test_a_core_hazard_rises_and_never_falls(hazard):
    risk = assessment(Facet.WRONGDOING, hazards={hazard: 0.3})
    assert score(moved(risk, hazards={hazard: -5.0}), hazard) == 0.3
    assert score(moved(risk, hazards={hazard: 2.0}), hazard) > 0.7


@pytest.mark.parametrize(
    ("risk", "expected"),
    [
        (PLAIN, False),
        (assessment(Facet.EVERYDAY, hazards={Hazard.INDISCRIMINATE_WEAPONS: CORE_FLOOR}), True),
        (assessment(Facet.EVERYDAY, hazards={Hazard.SUICIDE_SELF_HARM: CORE_FLOOR - 0.01}), False),
        (assessment(Facet.EVERYDAY, signals=("sexual.minor",)), True),
        (assessment(Facet.EVERYDAY, signals=("malware.make",)), False),
        (assessment(Facet.MENTAL_HEALTH_CRISIS), True),
    ],
)
def test_what_is_core(risk, expected):
    assert is_core(risk) is expected


def test_a_harmless_facet_is_the_main_one_only_while_the_risky_ones_are_few():
    benign, risky, other = Facet.LICENCE_QUESTION, Facet.PIRACY_CIRCUMVENTION, Facet.ATTRIBUTION_REMOVAL
    few = dict.fromkeys(Facet, 0.0) | {benign: 0.66, risky: 0.2, other: 0.14}
    assert main_facet(few | {risky: RISKY - other_share(few) - 0.01}) is benign
    assert main_facet(few | {risky: RISKY - other_share(few) + 0.01}) is risky
    assert main_facet(dict.fromkeys(Facet, 0.0) | {Facet.EVERYDAY: 0.3, Facet.HEALTH_INFORMATION: 0.4}) is (
        Facet.HEALTH_INFORMATION
    )


def other_share(facets):
    return facets[Facet.ATTRIBUTION_REMOVAL]
