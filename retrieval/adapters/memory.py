"""A vector store in memory: exact, small, and the measure of what the others must return."""

from __future__ import annotations

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from retrieval.errors import NoRelease, ReleaseNotFound
from retrieval.models import Candidates, IndexPoint, LegQuery, Release, Section, SparseVector, StoreHealth
from retrieval.payload import ASKED, Known, Run, fulfils, merge, payload_of, runs_of
from retrieval.ports import Matrix


@dataclass(frozen=True)
class _Stored:
    release: Release
    sections: tuple[Section, ...]
    payloads: tuple[dict[str, Any], ...]
    dense: Matrix
    sparse: tuple[dict[int, float], ...]
    asked: tuple[Matrix | None, ...]
    frequency: dict[str, Counter[int]]
    """By language, how many sections hold a token."""


class MemoryStore:
    """Keeps releases in dictionaries. Nothing survives the process."""

    def __init__(self) -> None:
        self._releases: dict[str, _Stored] = {}
        self._serving: _Stored | None = None

    async def build(self, release: Release, points: Iterable[IndexPoint]) -> None:
        """Store ``release``; complete afterwards and not served."""
        stored = await asyncio.to_thread(_store, release, points)
        self._releases[release.id] = stored

    async def activate(self, release_id: str) -> None:
        """Serve ``release_id`` from the next search on."""
        if release_id not in self._releases:
            raise ReleaseNotFound(f"no release `{release_id}`; expected one of {', '.join(self._releases) or 'none'}")
        self._serving = self._releases[release_id]

    async def search(self, query: LegQuery) -> Candidates:
        """The exact nearest sections of both legs."""
        if self._serving is None:
            raise NoRelease("no release was published; run `handrail corpora index`")
        return await asyncio.to_thread(_search, self._serving, query)

    async def health(self) -> StoreHealth:
        """Ready once a release is served."""
        if self._serving is None:
            return StoreHealth(ready=False, detail="no release was published", available=tuple(sorted(self._releases)))
        return StoreHealth(
            ready=True, detail="ok", release=self._serving.release, available=tuple(sorted(self._releases))
        )


def _store(release: Release, points: Iterable[IndexPoint]) -> _Stored:
    kept = list(points)
    sparse = tuple(dict(zip(p.sparse.indices, p.sparse.values, strict=True)) for p in kept)
    return _Stored(
        release=release,
        sections=tuple(p.section for p in kept),
        payloads=tuple(payload_of(p.section) for p in kept),
        dense=np.array([p.dense for p in kept], dtype=np.float32).reshape(len(kept), release.dimension),
        sparse=sparse,
        asked=tuple(p.asked for p in kept),
        frequency=_frequencies(kept, sparse),
    )


def _frequencies(points: Sequence[IndexPoint], sparse: Sequence[dict[int, float]]) -> dict[str, Counter[int]]:
    found: dict[str, Counter[int]] = defaultdict(Counter)
    for point, weights in zip(points, sparse, strict=True):
        found[point.section.locale].update(weights.keys())
    return dict(found)


def _search(stored: _Stored, query: LegQuery) -> Candidates:
    runs = runs_of(query)
    known = {
        str(index): Known(section, asked)
        for index, (section, asked) in enumerate(zip(stored.sections, stored.asked, strict=True))
    }
    return merge(stored.release, known, runs, [_run(stored, run) for run in runs])


def _run(stored: _Stored, run: Run) -> dict[str, float]:
    allowed = [index for index, payload in enumerate(stored.payloads) if fulfils(payload, run.wanted)]
    if isinstance(run.vector, SparseVector):
        scores = _lexical(stored, run.vector, run.language or "", allowed)
    elif run.using == ASKED:
        scores = {
            index: float((asked @ run.vector).max()) for index in allowed if (asked := stored.asked[index]) is not None
        }
    else:
        scores = {index: float(stored.dense[index] @ run.vector) for index in allowed}
    best = sorted(scores, key=lambda index: (-scores[index], index))[: run.limit]
    return {str(index): scores[index] for index in best}


def _lexical(stored: _Stored, query: SparseVector, language: str, allowed: Sequence[int]) -> dict[int, float]:
    """Sum over shared tokens of query weight x document weight x inverse document frequency, as Qdrant computes it."""
    total = sum(section.locale == language for section in stored.sections)
    frequency = stored.frequency.get(language, Counter[int]())
    weights = {
        token: value * math.log(1 + (total - frequency[token] + 0.5) / (frequency[token] + 0.5))
        for token, value in zip(query.indices, query.values, strict=True)
    }
    scores = {
        index: sum(weight * stored.sparse[index].get(token, 0.0) for token, weight in weights.items())
        for index in allowed
    }
    return {index: score for index, score in scores.items() if score > 0}
