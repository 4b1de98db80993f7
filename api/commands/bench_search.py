"""How fast guidance is found in the release of the data directory, with the requests that retrieval is judged by."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from api.commands.benchmark import Spread, spread
from api.commands.errors import CommandError
from evals.guidance import HITS, JUDGED, Judged, read_judged
from retrieval.gloss import reading
from retrieval.models import NO_TOPIC, Release, SearchFilter, Vector
from retrieval.ports import Embedder, VectorStore
from retrieval.search import Searcher

if TYPE_CHECKING:
    from rich.console import RenderableType

SEED: Final = 7
"""Of the order of requests, so that languages and domains are mixed as in traffic."""


class SearchFigures(NamedTuple):
    """What was measured. A search is a whole call: words, legs, score, order; the vector is made before it."""

    release: str
    sections: int
    requests: int
    first: Spread
    """The first search with each request: sections are met for the first time."""
    by_text: Spread
    """By the text alone, in every domain, as for a plain answer."""
    declined: Spread
    """In the domain and with the facet, as for a declined request."""
    embedding: Spread
    """The gloss and the vector of a request, which a turn makes once."""
    cpu_ms: float
    """Processor time of one search, all threads together, by text and declined alike: other work changes it little."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: value._asdict() if isinstance(value, Spread) else value for name, value in self._asdict().items()}

    def table(self) -> RenderableType:
        """For a terminal."""
        from rich.console import Group
        from rich.table import Table

        table = Table("ms", "p50", "p95", box=None, header_style="bold")
        table.columns[1].justify = table.columns[2].justify = "right"
        rows = {
            "search, first time": self.first,
            "search by text": self.by_text,
            "search, declined request": self.declined,
            "gloss and embedding": self.embedding,
        }
        for name, value in rows.items():
            table.add_row(name, f"{value.p50:.2f}", f"{value.p95:.2f}")
        return Group(
            table,
            f"release {self.release}: {self.sections} sections, {self.requests} requests, processor time a search {self.cpu_ms:.1f} ms",
        )


class _Query(NamedTuple):
    judged: Judged
    vector: Vector
    wanted: SearchFilter


async def measure_search(
    store: VectorStore, embedder: Embedder, rounds: int, progress: Callable[[int, int], None]
) -> SearchFigures:
    """Figures over ``rounds`` times our judged requests, one after the other, as a professional would be served.

    Raises:
        CommandError: no release is served.
    """
    release = (await store.health()).release
    if release is None:
        raise CommandError("no release is served from the data directory; run `handrail corpora index` first")
    judged = list(read_judged(JUDGED))
    random.Random(SEED).shuffle(judged)
    queries: list[_Query] = []
    embedding: list[float] = []
    for each in judged:
        started = time.perf_counter()
        vector = await asyncio.to_thread(_embedded, embedder, each)
        embedding.append((time.perf_counter() - started) * 1e3)
        queries.append(_query(each, vector))
    return await _measured(Searcher(store), release, queries, embedding, rounds, progress)


def _embedded(embedder: Embedder, each: Judged) -> Vector:
    vector: Vector = embedder.embed([reading(each.text, each.language)])[0]
    return vector


def _query(each: Judged, vector: Vector) -> _Query:
    today = datetime.now(UTC).date()
    languages = tuple(dict.fromkeys((each.language, "en")))
    return _Query(each, vector, SearchFilter(today=today, languages=languages, audience="professional"))


async def _measured(
    searcher: Searcher,
    release: Release,
    queries: Sequence[_Query],
    embedding: Sequence[float],
    rounds: int,
    progress: Callable[[int, int], None],
) -> SearchFigures:
    total = len(queries) * (1 + 2 * rounds)
    times: dict[str, list[float]] = {"first": [], "by_text": [], "declined": []}
    done = 0
    cpu = 0.0
    for name in ("first", *("by_text", "declined") * rounds):
        before = time.process_time()
        for query in queries:
            topic = query.judged.topic if name == "declined" else NO_TOPIC
            started = time.perf_counter()
            await searcher.search(query.judged.text, query.vector, query.wanted, HITS, topic)
            times[name].append((time.perf_counter() - started) * 1e3)
            done += 1
            progress(done, total)
        cpu += time.process_time() - before if name != "first" else 0.0
    return SearchFigures(
        release=release.id,
        sections=release.sections,
        requests=len(queries),
        first=spread(times["first"]),
        by_text=spread(times["by_text"]),
        declined=spread(times["declined"]),
        embedding=spread(embedding),
        cpu_ms=round(cpu * 1e3 / (len(queries) * 2 * rounds), 2),
    )
