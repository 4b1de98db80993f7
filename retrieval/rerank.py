"""An order of hits by a model that reads query and passage together."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from retrieval.errors import RerankerUnavailable
from retrieval.models import NO_TOPIC, SearchFilter, SearchHit, SearchResult, Section, Topic, Vector
from retrieval.ports import GuidanceSearch, Reranker

CANDIDATES: Final = 24
"""Hits that the reranker reads of a search."""
PASSAGE_CHARS: Final = 2_000
"""Characters of a section that it reads."""

logger = logging.getLogger(__name__)


class RerankedSearcher:
    """Searches with ``inner`` and orders what it found by the reranker; safe to share.

    What is found at all stays the matter of ``inner`` and its floor, so that "not covered" keeps its meaning. Without the
    reranker its own order holds, and ``status`` says so.
    """

    def __init__(self, inner: GuidanceSearch, reranker: Reranker, candidates: int = CANDIDATES) -> None:
        self._inner = inner
        self._reranker = reranker
        self._candidates = candidates
        self._fault = ""

    async def search(
        self, query: str, vector: Vector, wanted: SearchFilter, limit: int = 8, topic: Topic = NO_TOPIC
    ) -> SearchResult:
        """As ``Searcher.search``, in the order of the reranker."""
        found = await self._inner.search(query, vector, wanted, max(limit, self._candidates), topic)
        hits = await self._ordered(query, found.hits)
        return found.model_copy(
            update={
                "hits": hits[:limit],
                "companions": _companions(hits[limit:], found.companions, hits[:limit]),
                "language": hits[0].section.locale if hits else "",
            }
        )

    def status(self) -> str:
        """The model, and why it is not heard when it is not."""
        return f"{self._reranker.name}: {self._fault}" if self._fault else self._reranker.name

    async def _ordered(self, query: str, hits: tuple[SearchHit, ...]) -> tuple[SearchHit, ...]:
        if len(hits) < 2:
            return hits
        try:
            scores = await self._reranker.scores(query, [_passage(hit.section) for hit in hits])
        except RerankerUnavailable as error:
            if not self._fault:
                logger.warning("searches go on without the reranker: %s", error, extra={"action": "reranker_failed"})
            self._fault = str(error)
            return hits
        self._fault = ""
        ranked = sorted(zip(scores, hits, strict=True), key=lambda pair: -pair[0])
        return tuple(hit for _, hit in ranked)


def _passage(section: Section) -> str:
    return f"{section.title}. {section.heading}\n{section.text}"[:PASSAGE_CHARS]


def _companions(
    left: Sequence[SearchHit], companions: Sequence[SearchHit], kept: Sequence[SearchHit]
) -> tuple[SearchHit, ...]:
    """The other sections of the documents that are kept: those that the reranker put further back, then those found beside."""
    documents = {hit.section.document_id for hit in kept}
    return tuple(hit for hit in (*left, *companions) if hit.section.document_id in documents)
