"""Find the sections that help: hybrid search, one score, a floor below which nothing is found."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from pydantic import Field

from retrieval import sparse
from retrieval.glossary import Glossary, load_glossary
from retrieval.memory import trim
from retrieval.models import (
    Candidate,
    Candidates,
    Frozen,
    LegQuery,
    LexicalLeg,
    SearchFilter,
    SearchHit,
    SearchResult,
    SparseVector,
    Vector,
)
from retrieval.ports import VectorStore

_INLINE_CHARS: Final = 600
"""The words of a longer query are looked for in a worker thread."""


class Weights(Frozen):
    """What each kind of evidence counts in a score."""

    dense: float
    lexical: float
    ranks: float
    """For reciprocal rank fusion of both legs, scaled so that the first of both legs gets all of it."""
    facet: float
    """Added for a section of a wanted facet."""
    floor: float
    """A section with a lower score is not relevant."""


class SearchSettings(Frozen):
    """The settings of the score. The defaults were measured; see the README."""

    understood: Weights = Weights(dense=0.60, lexical=0.32, ranks=0.08, facet=0.20, floor=0.37)
    """For queries in a language that the embedder was trained on."""
    other: Weights = Weights(dense=0.15, lexical=0.77, ranks=0.08, facet=0.45, floor=0.44)
    """For all other queries: there the cosine says little, and a wanted facet carries a section over the floor."""
    embedder_languages: tuple[str, ...] = ("en",)
    """Languages that the embedder was trained on."""
    language_bonus: float = 0.1
    """For a section in the first language of the filter, where there are several."""
    rank_constant: int = 60
    """The ``k`` of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009)."""
    rare_words: float = 4.0
    """This many words that no other section has, all matched, count as a full lexical match."""
    candidates: int = Field(50, ge=1, le=1000)
    """Sections asked of each leg."""
    per_document: int = Field(3, ge=1)
    """At most this many sections of one document, translations included."""

    def weights_for(self, wanted: SearchFilter) -> Weights:
        """The weights for the language that the person writes."""
        return self.understood if wanted.languages[0] in self.embedder_languages else self.other


class Searcher:
    """Searches one store; safe to share."""

    def __init__(
        self,
        store: VectorStore,
        settings: SearchSettings | None = None,
        glossary: Glossary | None = None,
        excluded: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        """Reads the bundled glossary unless one is given. Raises ``GlossaryError``.

        ``excluded`` gives the revisions that no search may return, asked anew by each one.
        """
        self._store = store
        self._excluded = excluded
        self._settings = settings or SearchSettings()
        self._glossary = glossary or load_glossary()
        self._read: set[tuple[str, ...]] = set()
        """Languages whose dictionaries have been read: words in them are found in microseconds, no thread is needed."""

    async def search(
        self, query: str, vector: Vector, wanted: SearchFilter, limit: int = 8, facets: Sequence[str] = ()
    ) -> SearchResult:
        """At most ``limit`` sections that pass ``wanted`` and score at least the floor, best first.

        ``vector`` is the embedding of ``query`` or of a text that says more. ``facets`` are those of a *declined*
        request: guidance for them is found even where no word and no meaning is shared with the request. For a plain
        answer leave them empty, or a question that the library does not cover is answered with something near it.
        Raises ``NoRelease`` or ``StoreUnavailable``.
        """
        if excluded := self._excluded():
            wanted = wanted.model_copy(update={"excluded": (*wanted.excluded, *sorted(excluded))})
        if len(query) <= _INLINE_CHARS and wanted.languages in self._read:
            lexical = self._lexical_legs(query, wanted)
        else:
            lexical = await asyncio.to_thread(self._first_legs, query, wanted)
        found = await self._store.search(
            LegQuery(vector, lexical, wanted, limit=self._settings.candidates, facets=tuple(facets))
        )
        ranked = _ranked(found, wanted, self._settings, tuple(facets))
        floor = self._settings.weights_for(wanted).floor
        kept = _diverse([scored for scored in ranked if scored.score >= floor], self._settings.per_document, limit)
        return SearchResult(
            hits=tuple(_hit(scored) for scored in kept),
            release=found.release.id,
            floor=floor,
            best=min(1.0, ranked[0].score) if ranked else 0.0,
            language=kept[0].item.section.locale if kept else "",
        )

    def _first_legs(self, query: str, wanted: SearchFilter) -> tuple[LexicalLeg, ...]:
        legs = self._lexical_legs(query, wanted)
        if wanted.languages not in self._read:
            self._read.add(wanted.languages)
            trim()
        return legs

    def _lexical_legs(self, query: str, wanted: SearchFilter) -> tuple[LexicalLeg, ...]:
        return tuple(LexicalLeg(language, self._words(query, language, wanted)) for language in wanted.languages)

    def _words(self, query: str, language: str, wanted: SearchFilter) -> SparseVector:
        """The words to look for in texts of ``language``; for English ones also the glossary's words for the query."""
        words = sparse.query_vector(query, language, wanted.languages)
        spoken = wanted.languages[0]
        if language != "en" or spoken == "en":
            return words
        return sparse.union(words, self._glossary.english(query, spoken))


def rank(found: Candidates, wanted: SearchFilter, settings: SearchSettings, facets: tuple[str, ...]) -> list[SearchHit]:
    """Every candidate with its score, best first."""
    return [_hit(scored) for scored in _ranked(found, wanted, settings, facets)]


def _ranked(
    found: Candidates, wanted: SearchFilter, settings: SearchSettings, facets: tuple[str, ...]
) -> list[_Scored]:
    """Every candidate with its score, best first; scores are not yet capped, for several may be as good as can be."""
    ranks = _fused_ranks(found.items, settings.rank_constant)
    score = _Score(found, wanted, settings, facets)
    scored = [_Scored(score.of(item, fused), item) for item, fused in zip(found.items, ranks, strict=True)]
    scored.sort(key=lambda pair: (-pair.score, pair.item.section.section_id))
    return scored


class _Scored(NamedTuple):
    score: float
    item: Candidate


def _hit(scored: _Scored) -> SearchHit:
    item = scored.item
    return SearchHit(section=item.section, score=min(1.0, scored.score), dense=item.dense, lexical=item.lexical)


class _Score:
    """A weighted sum of what speaks for a section.

    The amounts carry most of the weight, and not the ranks: ranks cannot say that nothing fits. What holds for all
    sections of a search is looked up once; there are some hundred candidates.
    """

    def __init__(
        self, found: Candidates, wanted: SearchFilter, settings: SearchSettings, facets: tuple[str, ...]
    ) -> None:
        weights = settings.weights_for(wanted)
        self._dense, self._lexical, self._ranks, self._facet = (
            weights.dense, weights.lexical, weights.ranks, weights.facet,
        )  # fmt: skip
        self._facets = facets
        self._preferred = wanted.languages[0] if len(wanted.languages) > 1 else None
        self._bonus = settings.language_bonus
        self._full_match = {
            language: settings.rare_words * _idf_of_a_unique_word(found.release.languages.get(language, 0))
            for language in {item.section.locale for item in found.items}
        }

    def of(self, item: Candidate, fused: float) -> float:
        section = item.section
        score = self._dense * max(0.0, item.dense)
        score += self._lexical * min(1.0, item.lexical / self._full_match[section.locale])
        score += self._ranks * fused
        if self._facets:
            shared = next((place for place, facet in enumerate(section.facets) if facet in self._facets), None)
            if shared is not None:
                score += self._facet * (1 - 0.02 * shared)  # a document lists its facets by weight
        if section.locale == self._preferred:
            score += self._bonus
        return score


def _fused_ranks(items: Sequence[Candidate], constant: int) -> list[float]:
    """Reciprocal rank fusion of both legs for each item, in 0..1. An item that a leg did not return gets nothing there."""
    fused = [0.0] * len(items)
    for score_of in (_dense_of, _lexical_of):
        returned = sorted((n for n, item in enumerate(items) if score_of(item) > 0), key=lambda n: -score_of(items[n]))
        for place, number in enumerate(returned, start=1):
            fused[number] += (constant + 1) / (2 * (constant + place))
    return fused


def _dense_of(item: Candidate) -> float:
    return item.dense


def _lexical_of(item: Candidate) -> float:
    return item.lexical


def _idf_of_a_unique_word(sections: int) -> float:
    """The inverse document frequency, by Qdrant's formula, of a word that one of so many sections holds."""
    return math.log(1 + (max(sections, 1) - 0.5) / 1.5)


def _diverse(hits: Sequence[_Scored], per_document: int, limit: int) -> list[_Scored]:
    """The first ``limit`` hits with at most ``per_document`` sections of a document or of its translations.

    Where a document was found in one language, its translations are left out: they say the same again.
    """
    kept: list[_Scored] = []
    count: Counter[str] = Counter()
    chosen: dict[str, str] = {}
    for hit in hits:
        if len(kept) >= limit:
            break
        section = hit.item.section
        family = section.family or section.document_id
        if count[family] < per_document and chosen.setdefault(family, section.document_id) == section.document_id:
            kept.append(hit)
            count[family] += 1
    return kept
