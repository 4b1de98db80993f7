"""Finding vetted guidance for a turn: the query, the filter, and what was found."""

from __future__ import annotations

from datetime import date
from typing import Final

from agent.models import Retrieved
from policies.models import Facts
from policies.taxonomy import BENIGN_FACETS, Domain, Facet
from retrieval.errors import RetrievalError
from retrieval.models import SearchFilter, Vector
from retrieval.ports import GuidanceSearch

LIMIT: Final = 8
"""Sections asked for; the composer uses at most three documents of them."""

SURELY: Final = 0.15
"""How far above the floor the best section must score where the match must be sure."""

_DOMAINS_OF_NEED: Final[dict[Facet, tuple[str, ...] | None]] = {
    Facet.PERSONAL_DANGER: None,
    Facet.WRONGDOING: None,
    Facet.SURVEILLANCE: ("security", "medical"),
}
"""Facets whose help may stand in another domain; ``None`` searches all of them."""


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

    For a declined request the facet counts, so that guidance is found where no word is shared with the request; for an
    answer only the question itself counts. ``surely`` asks for what fits beyond doubt in the person's language, or nothing.
    """
    where = SearchFilter(
        domains=_domains(facts),
        languages=tuple(dict.fromkeys((facts.context.language, "en"))),
        jurisdiction=facts.context.jurisdiction,
        audience=facts.context.audience,
        today=today,
    )
    try:
        result = await search.search(query, vector, where, LIMIT, _facets(facts) if declined else ())
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
    return facts.risk.domain is not Domain.GENERAL or facts.risk.facet in _DOMAINS_OF_NEED


def _domains(facts: Facts) -> tuple[str, ...] | None:
    facet = facts.risk.facet
    if facet in _DOMAINS_OF_NEED:
        return _DOMAINS_OF_NEED[facet]
    return None if facts.risk.domain is Domain.GENERAL else (facts.risk.domain.value,)


def _facets(facts: Facts) -> tuple[str, ...]:
    """Facets that the search favours: the judged one, and a close second of the same kind."""
    ranked = sorted(facts.risk.facets.items(), key=lambda item: -item[1])
    second = [facet for facet, score in ranked[:2] if score >= 0.25 and facet not in BENIGN_FACETS]
    return tuple(dict.fromkeys([facts.risk.facet.value, *(facet.value for facet in second)]))
