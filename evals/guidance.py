"""How well guidance is found: on requests of our own, and on test sets in TREC form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from corpora.library import Library
from retrieval.adapters.memory import MemoryStore
from retrieval.errors import TestSetError
from retrieval.gloss import reading
from retrieval.index import build_index
from retrieval.measure import Estimate, Figures, TestSet, estimate, evaluate, rows
from retrieval.models import SearchFilter, Topic
from retrieval.ports import Embedder
from retrieval.search import Searcher

HITS = 8
"""As a turn asks for."""
JUDGED = Path(__file__).parent / "retrieval"
"""Our own requests with the documents that are right for them."""


class Judged(NamedTuple):
    """A request with the documents that are right for it; none where the library covers nothing of the kind."""

    language: str
    domain: str | None
    facet: str | None
    text: str
    documents: tuple[str, ...]

    @property
    def topic(self) -> Topic:
        """As of a declined request that was judged rightly and surely."""
        return Topic(facets={self.facet: 1.0} if self.facet else {}, domains=self.plain.domains)

    @property
    def plain(self) -> Topic:
        """As of a request that is answered: its domain is known, its facets do not count."""
        return Topic(domains={self.domain: 1.0} if self.domain else {})


class Found(NamedTuple):
    """Figures of one language. Documents are counted, not sections; a translation counts as its original."""

    covered: int
    recall_at_5: Estimate | None
    """With the facet known, as for a declined request."""
    success_at_1: Estimate | None
    recall_at_5_by_text: Estimate | None
    """By the text and the domain, as for a plain answer."""
    own_language: Estimate | None
    """Share of right documents that came in the language of the request, where they exist in it."""
    uncovered: int
    rejected: Estimate | None
    """By the text and the domain too."""


def read_judged(folder: Path, known: set[str] | None = None) -> tuple[Judged, ...]:
    """The requests of all ``*.jsonl`` in ``folder``.

    Raises ``TestSetError`` for malformed ones, and for documents that are not among the ``known`` when these are given.
    """
    judged = []
    for path in sorted(folder.glob("*.jsonl")):
        for row in rows(path, "lang", "text"):
            documents = row.get("documents")
            if not isinstance(documents, list) or (known is not None and not set(documents) <= known):
                raise TestSetError(f"{path}: `{row['text'][:60]}`: documents must be a list of ids of the library")
            judged.append(Judged(row["lang"], row.get("domain"), row.get("facet"), row["text"], tuple(documents)))
    if not judged:
        raise TestSetError(f"{folder}: holds no `*.jsonl` with requests")
    return tuple(judged)


async def evaluate_judged(
    judged: Sequence[Judged], library: Library, embedder: Embedder, today: date
) -> dict[str, Found]:
    """Figures by language, over the published documents of ``library``."""
    store = MemoryStore()
    await build_index(library, embedder, store)
    searcher = Searcher(store)
    translated = {
        (document.meta.translation_of or document.id, document.meta.locale)
        for document in library.documents
        if document.meta.status == "published"
    }
    figures: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each in judged:
        vector = embedder.embed([reading(each.text, each.language)])[0]
        wanted = SearchFilter(today=today, languages=tuple(dict.fromkeys((each.language, "en"))))
        plain = await searcher.search(each.text, vector, wanted, HITS, each.plain)
        values = figures[each.language]
        if not each.documents:
            values["rejected"].append(float(not plain.hits))
            continue
        values["by_text"].append(_recall([hit.section.family for hit in plain.hits], each.documents))
        declined = await searcher.search(each.text, vector, wanted, HITS, each.topic)
        families = [hit.section.family for hit in declined.hits]
        values["recall"].append(_recall(families, each.documents))
        values["first"].append(float(bool(families) and families[0] in each.documents))
        values["own"] += [
            float(hit.section.locale == each.language)
            for hit in declined.hits
            if hit.section.family in each.documents and (hit.section.family, each.language) in translated
        ]
    return {language: _found(values) for language, values in figures.items()}


async def evaluate_set(tests: TestSet, embedder: Embedder) -> Mapping[str, Mapping[str, Figures]]:
    """Figures by system and language."""
    return await evaluate(tests, embedder, MemoryStore())


def _recall(families: Sequence[str], right: Sequence[str]) -> float:
    first = list(dict.fromkeys(families))[:5]
    return len(set(first) & set(right)) / len(set(right))


def _found(values: Mapping[str, list[float]]) -> Found:
    def of(name: str) -> Estimate | None:
        return estimate(values[name]) if values.get(name) else None

    return Found(
        len(values.get("recall", ())), of("recall"), of("first"), of("by_text"), of("own"),
        len(values.get("rejected", ())), of("rejected"),
    )  # fmt: skip
