"""Search on the bundled guidance with the bundled model, measured on judged requests of our own.

Takes a minute, so it runs only on demand; with ``-s`` it prints the figures that the README gives:

    HANDRAIL_MEASURE=1 pytest -s tests/unit/retrieval/test_quality.py
    HANDRAIL_MEASURE=PATH pytest -s tests/unit/retrieval/test_quality.py     # the TREC sets as well
"""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from corpora.library import load_library
from retrieval.adapters.memory import MemoryStore
from retrieval.embedding.cache import CachedEmbedder
from retrieval.embedding.export import Precision
from retrieval.embedding.onnx import load_minilm
from retrieval.index import build_index
from retrieval.measure import evaluate, load_test_set
from retrieval.models import SearchFilter, SearchResult, Topic
from retrieval.ports import Embedder
from retrieval.search import Searcher

MEASURE = os.environ.get("HANDRAIL_MEASURE", "")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not MEASURE, reason="HANDRAIL_MEASURE is not set")]

TODAY = date(2026, 11, 23)
LEAST_FOUND = {"en": 0.95, "es": 0.9, "zh": 0.9, "ar": 0.9}
LEAST_REJECTED = 0.88


class Judged(NamedTuple):
    lang: str
    domain: str | None
    facet: str | None
    text: str
    documents: list[str]


JUDGED = [
    Judged(**json.loads(line))
    for line in (Path(__file__).parent / "judged.jsonl").read_text(encoding="utf-8").splitlines()
]


class Bench(NamedTuple):
    searcher: Searcher
    embedder: Embedder

    async def search(self, judged: Judged, *, declined: bool) -> SearchResult:
        languages = ("en",) if judged.lang == "en" else (judged.lang, "en")
        topic = Topic(
            facets={judged.facet: 1.0} if declined and judged.facet else {},
            domains={judged.domain: 1.0} if declined and judged.domain else {},
        )
        wanted = SearchFilter(today=TODAY, languages=languages)
        return await self.searcher.search(judged.text, self.embedder.embed([judged.text])[0], wanted, 8, topic)


def open_model(precision: Precision, home: Path) -> Embedder:
    return CachedEmbedder(load_minilm(home, precision), home / "measured.sqlite")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = os.environ.get("HANDRAIL_TEST_MODELS")
    return Path(kept) if kept else tmp_path_factory.mktemp("models")


@pytest.fixture(params=["int8", "fp32"])
async def bench(request: pytest.FixtureRequest, home: Path) -> Bench:
    embedder, store = open_model(request.param, home), MemoryStore()
    await build_index(load_library(), embedder, store)
    return Bench(Searcher(store), embedder)


@pytest.mark.parametrize("language", ["en", "es", "zh", "ar"])
@pytest.mark.parametrize("declined", [True, False])
async def test_the_right_document_is_found(bench: Bench, language: str, declined: bool) -> None:
    covered = [judged for judged in JUDGED if judged.documents and judged.lang == language]
    first = found = 0
    for judged in covered:
        families = [hit.section.family for hit in (await bench.search(judged, declined=declined)).hits]
        first += bool(families) and families[0] in judged.documents
        found += not set(families).isdisjoint(judged.documents)
    how = "facet known" if declined else "text alone"
    print(
        f"\n{bench.embedder.name} {language} {how}: {len(covered)} requests, "
        f"first {first / len(covered):.2f}, among 8 {found / len(covered):.2f}"
    )
    assert found / len(covered) >= LEAST_FOUND[language] or not declined


async def test_what_is_not_covered_is_rejected(bench: Bench) -> None:
    foreign = [judged for judged in JUDGED if not judged.documents]
    rejected = [not (await bench.search(judged, declined=False)).hits for judged in foreign]
    print(f"\n{bench.embedder.name} not covered: {len(foreign)} requests, rejected {sum(rejected) / len(foreign):.2f}")
    assert sum(rejected) / len(foreign) >= LEAST_REJECTED


@pytest.mark.skipif(not Path(MEASURE).is_dir(), reason="HANDRAIL_MEASURE names no folder of test sets")
@pytest.mark.parametrize("precision", ["int8", "fp32"])
@pytest.mark.parametrize("name", ["sec-owasp-cheatsheets", "med-mediqa2019-qa", "xling-asvs403"])
async def test_trec_sets(name: str, precision: Precision, home: Path) -> None:
    results = await evaluate(
        load_test_set(*(Path(MEASURE) / name / file for file in ("topics.jsonl", "docs.jsonl", "qrels.txt"))),
        open_model(precision, home),
        MemoryStore(),
    )
    for system, by_language in results.items():
        for language, found in by_language.items():
            print(f"\n{name} {precision} {system} {language}: {found}")
