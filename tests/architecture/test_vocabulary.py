"""``corpora`` does not import ``policies``, so its default vocabulary repeats the taxonomy: here they are compared."""

from __future__ import annotations

import typing

from corpora.helplines import KINDS
from corpora.vocabulary import DEFAULT_VOCABULARY
from policies.loader import load_policies
from policies.taxonomy import DOMAIN_OF_FACET, FACETS_BY_DOMAIN, LANGUAGES, Domain, Facet, Hazard
from retrieval.models import Section


def test_facets_and_hazards_of_the_library_are_those_of_the_policies():
    expected = {domain.value: tuple(facet.value for facet in facets) for domain, facets in FACETS_BY_DOMAIN.items()}
    assert DEFAULT_VOCABULARY.facets_by_domain == expected
    assert DEFAULT_VOCABULARY.hazards == tuple(hazard.value for hazard in Hazard)


def test_every_facet_has_one_domain():
    assert set(DOMAIN_OF_FACET) == set(Facet)
    assert set(FACETS_BY_DOMAIN) == set(Domain)
    assert sum(map(len, FACETS_BY_DOMAIN.values())) == len(Facet)


def test_helplines_that_rules_ask_for_exist():
    asked = {
        argument
        for rule in load_policies().rules
        for name, argument in rule.obligations
        if name == "lead_with_helplines"
    }
    assert asked
    assert asked <= set(KINDS)


def test_every_language_of_ours_has_texts_and_a_locale():
    policies = load_policies()
    assert {locale.language for locale in policies.locales.values()} == set(LANGUAGES)


def test_urgencies_are_spelt_alike_in_all_layers():
    from agent.models import Alternative

    assert typing.get_args(Alternative.model_fields["urgency"].annotation) == typing.get_args(
        Section.model_fields["urgency"].annotation
    )
