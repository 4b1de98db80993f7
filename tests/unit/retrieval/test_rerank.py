"""The reranker orders what was found; it finds nothing by itself, and a search does without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest

from retrieval.errors import RerankerUnavailable
from retrieval.models import SearchFilter, SearchHit, SearchResult, Section, Vector
from retrieval.rerank import PASSAGE_CHARS, RerankedSearcher

MakeSection = Callable[..., Section]
VECTOR: Vector = np.zeros(4, dtype=np.float32)
ENGLISH = SearchFilter(today=date(2026, 11, 23))


class Fixed:
    """Finds the same hits whatever is asked."""

    def __init__(self, *sections: Section) -> None:
        self.hits = tuple(
            SearchHit(section=s, score=0.9 - 0.1 * n, dense=0.5, lexical=1.0) for n, s in enumerate(sections)
        )
        self.limits: list[int] = []

    async def search(self, *asked: Any) -> SearchResult:
        self.limits.append(asked[3])
        return SearchResult(hits=self.hits[: asked[3]], release="1", floor=0.3, best=0.9, language="en")


class Scripted:
    """Scores passages by the words in a table; an exception is raised."""

    name = "scripted"

    def __init__(self, table: dict[str, float] | Exception) -> None:
        self.table = table
        self.read: list[str] = []

    async def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        self.read = list(passages)
        if isinstance(self.table, Exception):
            raise self.table
        return [next((score for word, score in self.table.items() if word in passage), 0.0) for passage in passages]


async def test_hits_come_in_the_order_of_the_reranker(make_section: MakeSection) -> None:
    inner = Fixed(*[make_section(name, title=name) for name in ("med-a", "med-b", "med-c")])
    reranker = Scripted({"med-c": 3.0, "med-a": -1.0})
    found = await RerankedSearcher(inner, reranker, candidates=10).search("q", VECTOR, ENGLISH, 2)
    assert [hit.section.document_id for hit in found.hits] == ["med-c", "med-b"]
    assert [hit.score for hit in found.hits] == [inner.hits[2].score, inner.hits[1].score]
    assert inner.limits == [10]
    assert all(len(passage) <= PASSAGE_CHARS for passage in reranker.read)


async def test_sections_put_back_stay_companions_of_their_document(make_section: MakeSection) -> None:
    first, second, other = (make_section("med-a", section="one", heading="one"), make_section("med-a", section="two", heading="two"),
                            make_section("med-b", section="one", heading="three"))  # fmt: skip
    found = await RerankedSearcher(Fixed(first, second, other), Scripted({"one": 2.0, "three": 1.0})).search(
        "q", VECTOR, ENGLISH, 1
    )
    assert [hit.section for hit in found.hits] == [first]
    assert [hit.section for hit in found.companions] == [second]


async def test_a_search_does_without_a_reranker_that_is_away(make_section: MakeSection) -> None:
    inner, reranker = Fixed(make_section("med-a"), make_section("med-b")), Scripted(RerankerUnavailable("away"))
    searcher = RerankedSearcher(inner, reranker)
    found = await searcher.search("q", VECTOR, ENGLISH, 1)
    assert found.hits == inner.hits[:1]
    assert searcher.status() == "scripted: away"
    reranker.table = {"med-b": 1.0}
    await searcher.search("q", VECTOR, ENGLISH, 1)
    assert searcher.status() == "scripted"


@pytest.mark.parametrize("names", [(), ("med-a",)])
async def test_what_needs_no_order_is_not_asked(make_section: MakeSection, names: tuple[str, ...]) -> None:
    inner, reranker = Fixed(*map(make_section, names)), Scripted(RerankerUnavailable("away"))
    searcher = RerankedSearcher(inner, reranker)
    assert (await searcher.search("q", VECTOR, ENGLISH, 3)).hits == inner.hits
    assert searcher.status() == "scripted"
