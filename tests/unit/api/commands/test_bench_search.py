"""``handrail bench search``: the figures of searches in a release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.commands.bench_search import measure_search
from api.commands.errors import CommandError
from corpora.library import load_library
from evals.guidance import JUDGED, read_judged
from retrieval.adapters.memory import MemoryStore
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.index import build_index
from tests.unit.corpora.conftest import GOOD


async def test_every_judged_request_is_searched(tmp_path: Path) -> None:
    (tmp_path / "fever.md").write_text(GOOD)
    store, embedder = MemoryStore(), HashingEmbedder()
    await build_index(load_library(tmp_path), embedder, store)
    steps: list[tuple[int, int]] = []
    figures = await measure_search(store, embedder, 1, lambda done, total: steps.append((done, total)))
    requests = len(read_judged(JUDGED))
    assert (figures.sections, figures.requests) == (2, requests)
    assert steps[-1] == (3 * requests, 3 * requests)
    shown = json.loads(json.dumps(figures.as_dict()))
    assert all(0 < shown[name]["p50"] <= shown[name]["p95"] for name in ("first", "by_text", "declined", "embedding"))


async def test_without_a_release_there_is_nothing_to_measure() -> None:
    with pytest.raises(CommandError, match="run `handrail corpora index` first"):
        await measure_search(MemoryStore(), HashingEmbedder(), 1, lambda done, total: None)
