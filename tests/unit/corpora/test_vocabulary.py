"""The words of front matter are those of the policies' taxonomy."""

from __future__ import annotations

from corpora.vocabulary import DEFAULT_VOCABULARY
from policies.taxonomy import FACETS_BY_DOMAIN, Domain, Facet, Hazard


def test_the_default_vocabulary_repeats_the_taxonomy() -> None:
    assert DEFAULT_VOCABULARY.domains == tuple(domain.value for domain in Domain)
    assert DEFAULT_VOCABULARY.hazards == tuple(hazard.value for hazard in Hazard)
    assert set(DEFAULT_VOCABULARY.facets) == {facet.value for facet in Facet}
    assert DEFAULT_VOCABULARY.facets_by_domain == {
        domain.value: tuple(facet.value for facet in facets) for domain, facets in FACETS_BY_DOMAIN.items()
    }
