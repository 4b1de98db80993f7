"""Finding vetted guidance for a turn: the query, the filter, and what was found."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Final

from agent.models import Retrieved
from policies.models import Facts
from policies.taxonomy import DOMAIN_OF_FACET, Domain, Facet
from retrieval.errors import RetrievalError
from retrieval.models import SearchFilter, Topic, Vector
from retrieval.ports import GuidanceSearch

LIMIT: Final = 8
"""Sections asked for; the composer uses at most three documents of them."""

SURELY: Final = 0.12
"""How far above the floor the best section must score where the match must be sure."""

POSSIBLE: Final = 0.05
"""Probability from which on guidance for a facet, or in a domain, is looked for."""
LIKELY: Final = 0.3
"""Probability from which on a work is what somebody in danger asks about."""
FACETS: Final = 4
"""So many of the likeliest facets are looked for."""

_IN_DANGER: Final = frozenset({Facet.PERSONAL_DANGER, Facet.MENTAL_HEALTH_CRISIS, Facet.EMERGENCY})

_NEEDS_OUTSIDE: Final = frozenset({Facet.PERSONAL_DANGER, Facet.WRONGDOING})
"""Facets outside our domains whose help may stand in one of them."""


async def find(
    search: GuidanceSearch,
    query: str,
    vector: Vector,
    facts: Facts,
    today: date,
    *,
    declined: bool,
    surely: bool = False,
) -> Retrieved:
    """Sections for this turn. A store that cannot be reached gives an empty result that says so.

    For a declined request the facets count, so that guidance is found where no word is shared with the request; for an
    answer only the question itself counts. Each facet and domain counts as far as it is likely, for the judgement may err.
    ``surely`` asks for what fits beyond doubt in the person's language, or nothing.
    """
    topic = topic_of(facts, declined=declined)
    where = SearchFilter(
        domains=_domains(topic, facts.risk.facet),
        languages=tuple(dict.fromkeys((facts.context.language, "en"))),
        jurisdiction=facts.context.jurisdiction,
        audience=facts.context.audience,
        today=today,
    )
    try:
        result = await search.search(query, vector, where, LIMIT, topic)
    except RetrievalError as error:
        return Retrieved(query=query, error=str(error))
    if surely and (result.best < result.floor + SURELY or result.language != facts.context.language):
        return Retrieved(release=result.release, best=result.best, query=query)
    return Retrieved(
        hits=result.hits, companions=result.companions, release=result.release, best=result.best, query=query
    )


def has_topic(facts: Facts) -> bool:
    """True when guidance may serve the need: it exists for our domains, and for some needs outside them. Elsewhere a match
    would be an accident of words."""
    return facts.risk.domain is not Domain.GENERAL or facts.risk.facet in _NEEDS_OUTSIDE


def _domains(topic: Topic, facet: Facet) -> tuple[str, ...] | None:
    """The domains that are possible at all; every one where the request may be outside them, for its help may stand anywhere. For
    somebody in danger all but licensing, unless a work is likely what they ask about: a child that is blackmailed with pictures is
    not served by the rights in them."""
    if facet in _IN_DANGER and topic.domains.get(Domain.LICENSING.value, 0.0) < LIKELY:
        return tuple(domain.value for domain in Domain if domain is not Domain.LICENSING)
    if topic.domains.get(Domain.GENERAL.value, 0.0) >= POSSIBLE:
        return None
    return tuple(domain for domain, share in topic.domains.items() if share >= POSSIBLE) or None


def topic_of(facts: Facts, *, declined: bool) -> Topic:
    """What the turn was judged to be about, by probability."""
    total = sum(facts.risk.facets.values()) or 1.0
    domains: dict[str, float] = defaultdict(float)
    for facet, share in facts.risk.facets.items():
        domains[DOMAIN_OF_FACET[facet].value] += share / total
    if not declined:
        return Topic(domains=domains)
    likeliest = sorted(facts.risk.facets.items(), key=lambda item: -item[1])[:FACETS]
    facets = {facet.value: share for facet, share in likeliest if share >= POSSIBLE}
    return Topic(facets=facets, domains=domains)
