"""Find the sections that help: hybrid search, one score, a floor below which nothing is found."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from pydantic import Field

from retrieval import sparse
from retrieval.models import Candidate, Candidates, Frozen, LegQuery, SearchFilter, SearchHit, SearchResult, Vector
from retrieval.ports import VectorStore


class SearchSettings(Frozen):
    """The weights of the score. The defaults were measured; see the README."""

    dense_weight: float = 0.65
    lexical_weight: float = 0.35
    rare_words: float = 4.0
    """This many words that no other section has, all matched, count as a full lexical match."""
    facet_bonus: float = 0.2
    """For a section of a wanted facet, when the embedder understands the language of the query."""
    facet_bonus_other_language: float = 0.36
    """The same when it does not: then the facet alone carries a section over the floor."""
    language_bonus: float = 0.1
    """For a section in the first language of the filter, where there are several."""
    embedder_languages: tuple[str, ...] = ("en",)
    """Languages that the embedder was trained on."""
    floor: float = 0.37
    """A section with a lower score is not relevant."""
    candidates: int = Field(50, ge=1, le=1000)
    """Sections asked of each leg."""
    per_document: int = Field(3, ge=1)
    """At most this many sections of one document, translations included."""


class Searcher:
    """Searches one store. Holds no state of its own; safe to share."""

    def __init__(self, store: VectorStore, settings: SearchSettings | None = None) -> None:
        self._store = store
        self._settings = settings or SearchSettings()

    async def search(
        self, query: str, vector: Vector, wanted: SearchFilter, limit: int = 8, facets: Sequence[str] = ()
    ) -> SearchResult:
        """At most ``limit`` sections that pass ``wanted`` and score at least the floor, best first.

        ``vector`` is the embedding of ``query`` or of a text that says more. ``facets`` are those of a *declined*
        request: guidance for them is found even where no word and no meaning is shared with the request. For a plain
        answer leave them empty, or a question that the library does not cover is answered with something near it.
        Raises ``NoRelease`` or ``StoreUnavailable``.
        """
        found = await self._store.search(
            LegQuery(
                dense=vector,
                sparse=sparse.query_vector(query, wanted.languages),
                filter=wanted,
                limit=self._settings.candidates,
                facets=tuple(facets),
            )
        )
        hits = rank(found, wanted, self._settings, tuple(facets))
        kept = _diverse([hit for hit in hits if hit.score >= self._settings.floor], self._settings.per_document, limit)
        return SearchResult(
            hits=tuple(kept),
            release=found.release,
            floor=self._settings.floor,
            best=hits[0].score if hits else 0.0,
            language=kept[0].section.locale if kept else "",
        )


def rank(found: Candidates, wanted: SearchFilter, settings: SearchSettings, facets: tuple[str, ...]) -> list[SearchHit]:
    """Every candidate with its score, best first."""
    hits = [
        SearchHit(
            section=candidate.section,
            score=score(candidate, found.sections, wanted, settings, facets),
            dense=candidate.dense,
            lexical=candidate.lexical,
        )
        for candidate in found.items
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.section.section_id))


def score(
    candidate: Candidate, sections: int, wanted: SearchFilter, settings: SearchSettings, facets: tuple[str, ...]
) -> float:
    """Relevance in 0..1: a weighted sum of cosine, matched rare words, facet and language.

    A sum over both legs rather than over their ranks: ranks cannot say that nothing fits.
    """
    section = candidate.section
    full_match = settings.rare_words * _idf_of_a_unique_word(sections)
    total = settings.dense_weight * max(0.0, candidate.dense)
    total += settings.lexical_weight * min(1.0, candidate.lexical / full_match)
    understood = wanted.languages[0] in settings.embedder_languages
    if facets and not set(facets).isdisjoint(section.facets):
        bonus = settings.facet_bonus if understood else settings.facet_bonus_other_language
        first = min(position for position, facet in enumerate(section.facets) if facet in facets)
        total += bonus * (1 - 0.02 * first)  # the facets of a document are listed by weight
    if len(wanted.languages) > 1 and section.locale == wanted.languages[0]:
        total += settings.language_bonus
    return min(1.0, total)


def _idf_of_a_unique_word(sections: int) -> float:
    """The largest inverse document frequency that Qdrant's formula gives in a release of this size."""
    return math.log(1 + (sections - 0.5) / 1.5)


def _diverse(hits: Sequence[SearchHit], per_document: int, limit: int) -> list[SearchHit]:
    """The first ``limit`` hits with at most ``per_document`` sections of a document or of its translations.

    Where a document was found in one language, its translations are left out: they say the same again.
    """
    kept: list[SearchHit] = []
    count: Counter[str] = Counter()
    chosen: dict[str, str] = {}
    for hit in hits:
        family = hit.section.family or hit.section.document_id
        if (
            count[family] < per_document
            and chosen.setdefault(family, hit.section.document_id) == hit.section.document_id
        ):
            kept.append(hit)
            count[family] += 1
    return kept[:limit]
