from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.errors import UnknownNameError
from policies.policy_set import PolicySet
from policies.taxonomy import LANGUAGES, Facet

Build = Callable[..., PolicySet]


def test_rationales_come_in_the_language_asked_for(policies: PolicySet) -> None:
    for code in policies.rationales:
        for language in LANGUAGES:
            assert policies.rationale(code, language).language == language


def test_a_regional_tag_uses_its_language_and_an_unknown_one_english(policies: PolicySet) -> None:
    assert policies.rationale("served", "es-MX").language == "es"
    text, language = policies.rationale("served", "fr")
    assert (text.title, language) == ("Answered", "en")
    assert policies.disclaimer("general_medical", "zh-CN").language == "zh"
    assert policies.disclaimer("general_medical", "fr").language == "en"


def test_unknown_names_say_what_was_meant(policies: PolicySet) -> None:
    with pytest.raises(UnknownNameError, match="unknown rationale `serve`; did you mean `served`"):
        policies.rationale("serve", "en")
    with pytest.raises(UnknownNameError, match="unknown disclaimer `nothing`"):
        policies.disclaimer("nothing", "en")


def test_locale_chain_ends_at_english(policies: PolicySet) -> None:
    assert [locale.tag for locale in policies.locale_chain("es-MX")] == ["es-MX", "es", "en"]
    assert policies.locale_chain("fr-FR") == ()


def test_declared_places_and_people(policies: PolicySet) -> None:
    assert set(policies.locales) >= {"en-US", "en-GB", "es-ES", "es-MX", "zh-CN", "ar-SA", "en", "es", "zh", "ar"}
    assert set(policies.jurisdictions) >= {"US", "GB", "EU", "ES", "MX", "CN", "SA"}
    assert {role.audience for role in policies.roles.values()} == {"public", "professional", "minor"}


def test_a_plan_holds_just_the_rules_that_can_match(policies: PolicySet) -> None:
    for facet in Facet:
        plan = policies.plans[facet]
        assert {step.rule.id for step in plan.steps} == {r.id for r in policies.rules if facet in r.condition.facets}
    assert len(policies.plans[Facet.DOSING].steps) < len(policies.rules) / 2


def test_rules_are_in_order_of_id(tiny: Build) -> None:
    rules = tiny({"id": "test.b", "when": "risky"}, {"id": "test.a", "when": "risky"}).rules
    assert [rule.id for rule in rules] == ["test.a", "test.b"]
