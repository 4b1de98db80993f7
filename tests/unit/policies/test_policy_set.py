from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.errors import UnknownNameError
from policies.loader import parse_policies
from policies.models import ContextFacts
from policies.policy_set import BALANCED, Applied, PolicySet
from policies.reader import Source
from policies.taxonomy import LANGUAGES, Facet
from tests.unit.policies.trees import VOCABULARY, tiny_sources

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


def test_placeholders_are_filled_for_the_place(policies: PolicySet) -> None:
    assert "menor de 18 años, y en México esos" in policies.rationale("adults_only", "es", "MX").text.reason
    assert "in Spain such" in policies.rationale("adults_only", "en", "ES").text.reason
    assert "in your country such" in policies.rationale("adults_only", "en", "ZZ").text.reason
    for code in policies.rationales:
        for language in LANGUAGES:
            for place in (*policies.jurisdictions, ""):
                assert not any(
                    "{" in part for part in policies.rationale(code, language, place).text.model_dump().values()
                )


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
    base = Applied((), BALANCED)
    for facet in Facet:
        plan = policies.plan(facet, base)
        expected = [rule.id for rule in policies.rules if facet in rule.condition.facets and rule.overlay is None]
        assert [rule.id for rule in plan.rules] == expected
    assert len(policies.plan(Facet.DOSING, base).rules) < len(policies.rules) / 2
    assert policies.plan(Facet.DOSING, base) is policies.plan(Facet.DOSING, base)


OVERLAYS = (
    ("jurisdictions/US", "title: US\nowner: o\n"),
    ("jurisdictions/MX", "title: MX\nowner: o\n"),
    ("locales/es", "title: Spanish\nowner: o\n"),
    ("locales/es-MX", "title: Mexican Spanish\nowner: o\n"),
    ("locales/en", "title: English\nowner: o\n"),
    ("tenants/acme", "title: Acme\nowner: o\nrisk_appetite: careful\n"),
)


def test_a_context_selects_overlays_from_the_largest_place_to_the_tenant() -> None:
    vocabulary = VOCABULARY.replace("thresholds:", "risk_appetites: {careful: {high: 0.5}}\nthresholds:").replace(
        "MX: Mexico", "MX: {name: Mexico, within: US}"
    )
    overlays = [Source(f"overlays/{name}.yaml", text) for name, text in OVERLAYS]
    policies = parse_policies([*tiny_sources(vocabulary=vocabulary), *overlays])
    context = ContextFacts(locale="es-MX", language="es", jurisdiction="MX", tenant="acme")
    assert policies.applied(context) == (
        ("jurisdiction/US", "jurisdiction/MX", "locale/es", "locale/es-MX", "tenant/acme"),
        "careful",
    )
    other = ContextFacts(locale="fr-FR", jurisdiction="FR", tenant="nobody")
    assert policies.applied(other) == ((), "balanced")


def test_names_from_outside_do_not_fill_the_cache(policies: PolicySet) -> None:
    before = len(policies._applied)
    for number in range(50):
        policies.applied(ContextFacts(tenant=f"tenant{number}", locale=f"x{number}", jurisdiction=f"J{number}"))
    assert len(policies._applied) <= before + 1


def test_rules_are_in_order_of_id(tiny: Build) -> None:
    rules = tiny({"id": "test.b", "when": "risky"}, {"id": "test.a", "when": "risky"}).rules
    assert [rule.id for rule in rules] == ["test.a", "test.b"]
