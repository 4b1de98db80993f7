"""Find the sections that help: hybrid search, one score, a floor below which nothing is found."""

from __future__ import annotations

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from pydantic import Field

from retrieval import sparse
from retrieval.asked import joined
from retrieval.gloss import Gloss, load_gloss
from retrieval.memory import trim
from retrieval.models import (
    NO_TOPIC,
    Candidate,
    Candidates,
    Frozen,
    LegQuery,
    LexicalLeg,
    SearchFilter,
    SearchHit,
    SearchResult,
    Section,
    SparseVector,
    Topic,
    Vector,
)
from retrieval.ports import VectorStore

_INLINE_CHARS: Final = 600
"""The words of a longer query are looked for in a worker thread."""


class SearchSettings(Frozen):
    """The settings of the score. The defaults were measured; see the README."""

    dense: float = 0.30
    """What the cosine counts in a score, of a section whose document lists typical requests."""
    lexical: float = 0.25
    """What BM25 counts there, as a share of a full match."""
    dense_alone: float = 0.60
    """What the cosine counts where the text is all there is to go by."""
    lexical_alone: float = 0.32
    """What BM25 counts there."""
    ranks: float = 0.08
    """For reciprocal rank fusion of both legs, scaled so that the first of both legs gets all of it."""
    facet: float = 0.15
    """Added for a section of a facet that is surely wanted."""
    facet_slack: float = 0.15
    """How far below the floor such a section may score: a declined request is better served by what is only near than by nothing."""
    sure: float = 0.6
    """How surely a facet must be wanted for all of both; below, a share of it counts."""
    asked: float = 1.0
    """What nearness to the typical requests of a document counts, for each of its sections."""
    asked_from: float = 0.195
    """The nearness from which on they count; requests about anything at all are about so near."""
    domain: float = 0.10
    """What a section gains in order when the request surely belongs to its domain; no floor is passed by it."""
    floors: Mapping[str, float] = {"en": 0.38, "es": 0.40, "zh": 0.40, "ar": 0.43}
    """By the language of the query: a section with a lower score is not relevant."""
    other_floor: float = 0.40
    """The floor of all other languages."""
    language_bonus: float = 0.05
    """What a section in the first language of the filter gains in order, where there are several; no floor is passed by it."""
    translation_slack: float = 0.10
    """How far below the floor a section in the first language may score and still stand for a translation of it that passed."""
    rank_constant: int = 60
    """The ``k`` of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009)."""
    rare_words: float = 4.0
    """This many words that no other section has, all matched, count as a full lexical match."""
    candidates: int = Field(50, ge=1, le=1000)
    """Sections asked of each leg."""
    per_document: int = Field(3, ge=1)
    """At most this many sections of one document."""

    def floor_for(self, wanted: SearchFilter) -> float:
        """The floor for the language that the person writes."""
        return self.floors.get(wanted.languages[0], self.other_floor)


class Searcher:
    """Searches one store; safe to share."""

    def __init__(
        self,
        store: VectorStore,
        settings: SearchSettings | None = None,
        gloss: Gloss | None = None,
        excluded: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        """Reads queries with the bundled gloss unless one is given.

        ``excluded`` gives the revisions that no search may return, asked anew by each one.
        """
        self._store = store
        self._excluded = excluded
        self._settings = settings or SearchSettings()
        self._gloss = gloss or load_gloss()
        self._read: set[tuple[str, ...]] = set()
        """Languages whose dictionaries have been read: words in them are found in microseconds, no thread is needed."""

    async def search(
        self, query: str, vector: Vector, wanted: SearchFilter, limit: int = 8, topic: Topic = NO_TOPIC
    ) -> SearchResult:
        """At most ``limit`` sections that pass ``wanted`` and score at least the floor, best first.

        ``vector`` is the embedding of ``retrieval.gloss.reading`` of ``query``, or of what else tells what is wanted. For a plain
        answer leave the facets of ``topic`` empty, or a question that the library does not cover is answered with
        something near it. Raises ``NoRelease`` or ``StoreUnavailable``.
        """
        if excluded := self._excluded():
            wanted = wanted.model_copy(update={"excluded": (*wanted.excluded, *sorted(excluded))})
        if len(query) <= _INLINE_CHARS and wanted.languages in self._read:
            lexical = self._lexical_legs(query, wanted)
        else:
            lexical = await asyncio.to_thread(self._first_legs, query, wanted)
        found = await self._store.search(
            LegQuery(vector, lexical, wanted, limit=self._settings.candidates, facets=tuple(topic.facets))
        )
        ranked = _ranked(found, wanted, self._settings, topic)
        floor = self._settings.floor_for(wanted)
        covered = _covered(ranked, floor, wanted.languages[0], self._settings.translation_slack)
        kept = _diverse(covered, wanted.languages[0], self._settings.per_document, limit)
        return SearchResult(
            hits=tuple(_hit(scored) for scored in kept),
            companions=tuple(_hit(scored) for scored in _companions(ranked, kept)),
            release=found.release.id,
            floor=floor,
            best=min(1.0, max((scored.score for scored in ranked), default=0.0)),
            language=kept[0].item.section.locale if kept else "",
        )

    def _first_legs(self, query: str, wanted: SearchFilter) -> tuple[LexicalLeg, ...]:
        legs = self._lexical_legs(query, wanted)
        if wanted.languages not in self._read:
            self._read.add(wanted.languages)
            trim()
        return legs

    def _lexical_legs(self, query: str, wanted: SearchFilter) -> tuple[LexicalLeg, ...]:
        return tuple(
            LexicalLeg(language, words_for(query, language, wanted.languages, self._gloss))
            for language in wanted.languages
        )


def words_for(query: str, language: str, languages: Sequence[str], gloss: Gloss) -> SparseVector:
    """The words to look for in texts of ``language``, for a query in the first of ``languages``.

    In English texts those of the gloss, with what it does not know as it is.
    """
    if language == "en" and languages[0] != "en":
        query = gloss.english(query, languages[0])
    return sparse.query_vector(query, language, languages)


def rank(found: Candidates, wanted: SearchFilter, settings: SearchSettings, topic: Topic = NO_TOPIC) -> list[SearchHit]:
    """Every candidate with its score, best first."""
    return [_hit(scored) for scored in _ranked(found, wanted, settings, topic)]


def _ranked(found: Candidates, wanted: SearchFilter, settings: SearchSettings, topic: Topic) -> list[_Scored]:
    """Every candidate with its score, in the order to serve; scores are not yet capped, for several may be as good as can be."""
    ranks = _fused_ranks(found.items, settings.rank_constant)
    score = _Score(found, wanted, settings, topic)
    scored = [score.of(item, fused) for item, fused in zip(found.items, ranks, strict=True)]
    scored.sort(key=lambda pair: (-pair.score - score.bonus(pair.item), pair.item.section.section_id))
    return scored


class _Scored(NamedTuple):
    score: float
    item: Candidate
    asked: float
    slack: float
    """How far below the floor it may score."""

    def reaches(self, floor: float) -> bool:
        return self.score + self.slack >= floor


def _hit(scored: _Scored) -> SearchHit:
    item = scored.item
    return SearchHit(
        section=item.section,
        score=min(1.0, scored.score),
        dense=item.dense,
        lexical=item.lexical,
        asked=scored.asked,
    )


class _Score:
    """A weighted sum of what speaks for a section.

    The amounts carry most of the weight, and not the ranks: ranks cannot say that nothing fits. What holds for all
    sections of a search is looked up once; there are some hundred candidates.
    """

    def __init__(self, found: Candidates, wanted: SearchFilter, settings: SearchSettings, topic: Topic) -> None:
        self._settings = settings
        self._facets = {facet: min(1.0, sure / settings.sure) for facet, sure in topic.facets.items()}
        self._fits: dict[tuple[str, ...], float] = {}
        self._domains = topic.domains
        self._preferred = wanted.languages[0] if len(wanted.languages) > 1 else None
        self._full_match = {
            language: settings.rare_words * _idf_of_a_unique_word(found.release.languages.get(language, 0))
            for language in {item.section.locale for item in found.items}
        }
        near: dict[str, list[float]] = defaultdict(list)
        for item in found.items:
            if item.asked > 0:
                near[_family(item.section)].append(item.asked)
        self._asked = {family: joined(values) for family, values in near.items()}
        """By family: how near the request comes to the typical ones of a document and its translations."""

    def of(self, item: Candidate, fused: float) -> _Scored:
        section, settings = item.section, self._settings
        asked = self._asked.get(_family(section), 0.0)
        dense, lexical = settings.dense, settings.lexical
        if not section.has_asked:
            dense, lexical = settings.dense_alone, settings.lexical_alone
        score = dense * max(0.0, item.dense)
        score += lexical * min(1.0, item.lexical / self._full_match[section.locale])
        score += settings.ranks * fused
        score += settings.asked * max(0.0, asked - settings.asked_from)
        fit = self._fit(section.facets)
        score += settings.facet * fit
        return _Scored(score, item, asked, settings.facet_slack * fit)

    def _fit(self, facets: tuple[str, ...]) -> float:
        """How well the facets of a document, which it lists by weight, fit those of the request."""
        fit = self._fits.get(facets)
        if fit is None:
            wanted = (self._facets.get(facet, 0.0) * (1 - 0.02 * place) for place, facet in enumerate(facets))
            fit = self._fits[facets] = max(wanted, default=0.0)
        return fit

    def bonus(self, item: Candidate) -> float:
        own = self._settings.language_bonus if item.section.locale == self._preferred else 0.0
        return own + self._settings.domain * self._domains.get(item.section.domain, 0.0)


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


def _covered(ranked: Sequence[_Scored], floor: float, language: str, slack: float) -> list[_Scored]:
    """What reaches the floor, and in the person's language also what is near it where a translation reaches it: the same is
    said there, in words that the person reads."""
    families = {_family(scored.item.section) for scored in ranked if scored.reaches(floor)}
    return [
        scored
        for scored in ranked
        if scored.reaches(floor)
        or (
            scored.item.section.locale == language
            and scored.reaches(floor - slack)
            and _family(scored.item.section) in families
        )
    ]


def _diverse(hits: Sequence[_Scored], language: str, per_document: int, limit: int) -> list[_Scored]:
    """The first ``limit`` hits with at most ``per_document`` sections of a document.

    Of a document and its translations one is kept, for they say the same: the one in ``language`` where it was found, or
    else the one that comes first.
    """
    chosen: dict[str, str] = {}
    for hit in hits:
        section = hit.item.section
        if section.locale == language:
            chosen.setdefault(_family(section), section.document_id)
    kept: list[_Scored] = []
    count: Counter[str] = Counter()
    for hit in hits:
        if len(kept) >= limit:
            break
        section = hit.item.section
        document = section.document_id
        if count[document] < per_document and chosen.setdefault(_family(section), document) == document:
            kept.append(hit)
            count[document] += 1
    return kept


def _companions(ranked: Sequence[_Scored], kept: Sequence[_Scored]) -> list[_Scored]:
    """What else was returned of the documents of the hits."""
    hits = {hit.item.section.section_id for hit in kept}
    documents = {hit.item.section.document_id for hit in kept}
    return [
        scored
        for scored in ranked
        if scored.item.section.document_id in documents and scored.item.section.section_id not in hits
    ]


def _family(section: Section) -> str:
    return section.family or section.document_id
