"""A vector store in memory: exact, small, and the measure of what the others must return."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from retrieval.errors import NoRelease, ReleaseNotFound
from retrieval.models import Candidate, Candidates, IndexPoint, LegQuery, Release, Section, SparseVector, StoreHealth
from retrieval.payload import Condition, conditions, fulfils, payload_of
from retrieval.ports import Matrix


@dataclass(frozen=True)
class _Stored:
    release: Release
    sections: tuple[Section, ...]
    payloads: tuple[dict[str, Any], ...]
    dense: Matrix
    sparse: tuple[dict[int, float], ...]
    frequency: Counter[int]


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
        frequency=Counter(token for weights in sparse for token in weights),
    )


def _search(stored: _Stored, query: LegQuery) -> Candidates:
    dense: dict[int, float] = {}
    lexical: dict[int, float] = {}
    for facets in ((), query.facets) if query.facets else ((),):
        allowed = _allowed(stored, conditions(query.filter, facets))
        dense |= _dense_leg(stored, query, allowed)
        lexical |= _lexical_leg(stored, query.sparse, allowed, query.limit)
    items = tuple(
        Candidate(stored.sections[index], dense.get(index, 0.0), lexical.get(index, 0.0))
        for index in sorted(dense.keys() | lexical.keys())
    )
    return Candidates(release=stored.release.id, sections=len(stored.sections), items=items)


def _allowed(stored: _Stored, wanted: tuple[Condition, ...]) -> list[int]:
    return [index for index, payload in enumerate(stored.payloads) if fulfils(payload, wanted)]


def _dense_leg(stored: _Stored, query: LegQuery, allowed: Sequence[int]) -> dict[int, float]:
    if not allowed:
        return {}
    scores = stored.dense[list(allowed)] @ query.dense
    best = np.argsort(-scores, kind="stable")[: query.limit]
    return {allowed[position]: float(scores[position]) for position in best}


def _lexical_leg(stored: _Stored, sparse: SparseVector, allowed: Sequence[int], limit: int) -> dict[int, float]:
    """Sum over shared tokens of query weight x document weight x inverse document frequency, as Qdrant computes it."""
    total = len(stored.sections)
    weights = {
        token: value * math.log(1 + (total - stored.frequency[token] + 0.5) / (stored.frequency[token] + 0.5))
        for token, value in zip(sparse.indices, sparse.values, strict=True)
    }
    scores = {
        index: sum(weight * stored.sparse[index].get(token, 0.0) for token, weight in weights.items())
        for index in allowed
    }
    best = sorted((index for index, score in scores.items() if score > 0), key=lambda index: (-scores[index], index))
    return {index: scores[index] for index in best[:limit]}
