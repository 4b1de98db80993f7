"""How good a search is: the usual figures, on test sets in TREC form.

A set is a file of topics (JSON lines with id, text, lang), one of documents (id, title, text), and one of judgements
(``topic 0 document grade``).
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from retrieval import sparse
from retrieval.errors import TestSetError
from retrieval.gloss import load_gloss, reading
from retrieval.models import (
    Candidates,
    IndexPoint,
    LegQuery,
    LexicalLeg,
    Release,
    SearchFilter,
    SearchHit,
    Section,
    SourceRef,
)
from retrieval.ports import Embedder, VectorStore
from retrieval.search import SearchSettings, rank, words_for
from retrieval.sections import lexical_text

_DAY: Final = date(2000, 1, 1)
_RESAMPLES: Final = 1000
_DEPTH: Final = 100
"""Candidates asked of each leg."""

Judgements = Mapping[str, Mapping[str, int]]
"""Grade by document, by topic."""


class Topic(NamedTuple):
    """A query with its language."""

    id: str
    text: str
    language: str


class TestSet(NamedTuple):
    """Queries, documents by id, and what is right."""

    topics: tuple[Topic, ...]
    documents: Mapping[str, str]
    judgements: Judgements


class Estimate(NamedTuple):
    """A mean with its 95% interval: the percentiles of means of resampled topics (Efron 1979)."""

    mean: float
    low: float
    high: float


class Figures(NamedTuple):
    """Means over the topics that have a relevant document."""

    topics: int
    ndcg_at_10: Estimate
    recall_at_5: Estimate
    recall_at_10: Estimate
    reciprocal_rank: Estimate
    success_at_1: Estimate


def load_test_set(topics: Path, documents: Path, judgements: Path) -> TestSet:
    """The test set in three files. Raises ``TestSetError`` with file and line for what is missing or malformed."""
    asked = tuple(
        Topic(row["id"], row["text"], row.get("lang", "en").split("-")[0]) for row in rows(topics, "id", "text")
    )
    texts = {
        row["id"]: f"{row['title']}. {row['text']}" if row.get("title") else row["text"]
        for row in rows(documents, "id", "text")
    }
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for number, line in _lines(judgements):
        parts = line.split()
        if len(parts) != 4 or not parts[3].lstrip("-").isdigit():
            raise TestSetError(f"{judgements}:{number}: `{line[:60]}` is not `topic 0 document grade`")
        if parts[2] not in texts:
            raise TestSetError(f"{judgements}:{number}: document `{parts[2]}` is not in {documents}")
        grades[parts[0]][parts[2]] = int(parts[3])
    if not any(max(grades.get(topic.id, {"": 0}).values()) > 0 for topic in asked):
        raise TestSetError(f"{judgements}: no topic of {topics} has a relevant document; are these files of one set?")
    return TestSet(asked, texts, grades)


async def evaluate(
    tests: TestSet, embedder: Embedder, store: VectorStore, settings: SearchSettings | None = None
) -> dict[str, dict[str, Figures]]:
    """Figures of ``dense``, ``bm25`` and ``hybrid``, each by language. Publishes the documents into ``store``."""
    await _publish(tests, embedder, store)
    settings = settings or SearchSettings()
    judged = [topic for topic in tests.topics if any(tests.judgements.get(topic.id, {}).values())]
    rankings: dict[str, dict[str, list[tuple[str, ...]]]] = defaultdict(lambda: defaultdict(list))
    order: dict[str, list[Topic]] = defaultdict(list)
    for topic in judged:
        wanted = SearchFilter(today=_DAY, languages=("en",))
        words = words_for(topic.text, "en", (topic.language, "en"), load_gloss())
        vector = embedder.embed([reading(topic.text, topic.language)])[0]
        query = LegQuery(vector, (LexicalLeg("en", words),), wanted, _DEPTH)
        found = await store.search(query)
        asked = wanted if topic.language == "en" else wanted.model_copy(update={"languages": (topic.language, "en")})
        for system, ranked in _systems(found, asked, settings):
            rankings[system][topic.language].append(ranked)
        order[topic.language].append(topic)
    return {
        system: {language: figures(lists, order[language], tests.judgements) for language, lists in by_language.items()}
        for system, by_language in rankings.items()
    }


def figures(rankings: Sequence[Sequence[str]], topics: Sequence[Topic], judgements: Judgements) -> Figures:
    """Means over topics; ``rankings`` are document ids, best first, in the order of ``topics``."""
    pairs = [(ranked, judgements[topic.id]) for ranked, topic in zip(rankings, topics, strict=True)]

    def mean(measure: Callable[[Sequence[str], Mapping[str, int]], float]) -> Estimate:
        return estimate([measure(ranked, grades) for ranked, grades in pairs])

    at_5 = partial(recall, depth=5)
    return Figures(len(pairs), mean(ndcg), mean(at_5), mean(recall), mean(reciprocal_rank), mean(success))


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of at least one value with its bootstrap interval; the same for the same values."""
    held = np.asarray(values, dtype=np.float64)
    draws = np.random.default_rng(0).integers(len(held), size=(_RESAMPLES, len(held)))
    low, high = np.percentile(held[draws].mean(axis=1), (2.5, 97.5))
    return Estimate(float(held.mean()), float(low), float(high))


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Normalised discounted cumulative gain with exponential gain (Burges et al. 2005)."""
    ideal = sorted(grades.values(), reverse=True)[:depth]
    gained = [grades.get(document, 0) for document in ranked[:depth]]
    return _dcg(gained) / _dcg(ideal) if any(ideal) else 0.0


def recall(ranked: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Share of the relevant documents among the first ``depth``."""
    relevant = {document for document, grade in grades.items() if grade > 0}
    return len(relevant & set(ranked[:depth])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], grades: Mapping[str, int]) -> float:
    """One over the place of the first relevant document; 0 without one."""
    places = (place for place, document in enumerate(ranked, start=1) if grades.get(document, 0) > 0)
    return 1 / next(places, math.inf)


def success(ranked: Sequence[str], grades: Mapping[str, int]) -> float:
    """1 when the first document is relevant."""
    return float(bool(ranked) and grades.get(ranked[0], 0) > 0)


def _dcg(gains: Sequence[int]) -> float:
    return math.fsum((2.0**gain - 1) / math.log2(place + 2) for place, gain in enumerate(gains))


def _systems(
    found: Candidates, wanted: SearchFilter, settings: SearchSettings
) -> Iterator[tuple[str, tuple[str, ...]]]:
    hits = rank(found, wanted, settings)
    yield "dense", _ids(sorted(hits, key=lambda hit: -hit.dense))
    yield "bm25", _ids(sorted((hit for hit in hits if hit.lexical > 0), key=lambda hit: -hit.lexical))
    yield "hybrid", _ids(hits)


def _ids(hits: Sequence[SearchHit]) -> tuple[str, ...]:
    return tuple(hit.section.document_id for hit in hits)


async def _publish(tests: TestSet, embedder: Embedder, store: VectorStore) -> None:
    sections = [_section(document, text) for document, text in tests.documents.items()]
    counts = Counter(section.locale for section in sections)
    release = Release(
        id="0001-measured",
        number=1,
        content_hash="measured",
        embedder=embedder.name,
        dimension=embedder.dimension,
        sections=len(sections),
        languages=dict(counts),
        documents=(),
        created_at=datetime.now(UTC),
    )
    points = (
        IndexPoint(section, embedder.embed([section.text])[0], sparse.document_vector(lexical_text(section), "en"))
        for section in sections
    )
    await store.build(release, points)
    await store.activate(release.id)


def _section(document: str, text: str) -> Section:
    """A section that holds nothing but the text of a test document."""
    return Section(
        section_id=document,
        document_id=document,
        revision="0",
        heading="",
        section="all",
        title="",
        text=text,
        domain="general",
        facets=(),
        hazards=(),
        locale="en",
        jurisdictions=("any",),
        audience=("public",),
        urgency="routine",
        stance="neutral",
        status="published",
        reviewed_on=_DAY,
        review_by=_DAY,
        need="",
        keywords=(),
        next_steps=(),
        sources=(SourceRef(publisher="", title="", url="", licence=""),),
    )


def rows(path: Path, *required: str) -> Iterator[dict[str, Any]]:
    """The objects of a JSON lines file. Raises ``TestSetError`` unless each has text under the ``required`` keys."""
    for number, line in _lines(path):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise TestSetError(f"{path}:{number}: not JSON: {error}") from error
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in required):
            raise TestSetError(f"{path}:{number}: expected an object with text for {' and '.join(required)}")
        yield row


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from ((number, line) for number, line in enumerate(file, 1) if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise TestSetError(f"{path}: cannot be read: {error}") from error
