"""What retrieval needs from the outside: vectors for texts, and a place that finds them again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from retrieval.models import (
    NO_TOPIC,
    Candidates,
    IndexPoint,
    LegQuery,
    Release,
    SearchFilter,
    SearchResult,
    StoreHealth,
    Topic,
    Vector,
)

Matrix = NDArray[np.float32]
"""Dense embeddings, shape ``(n, dimension)``, each row of unit length."""


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into dense vectors.

    Promises: the same text gives the same vector in every call, whatever it is embedded together with; rows have unit
    length, also for an empty text; order is kept; no text gives shape ``(0, dimension)``. Overlong texts are cut.
    The call is CPU-bound, blocking and thread-safe: on an event loop run it in a worker thread.
    """

    @property
    def name(self) -> str:
        """Identifies the vectors: two embedders of one name give the same vectors."""
        ...

    @property
    def dimension(self) -> int:
        """Number of columns."""
        ...

    def embed(self, texts: Sequence[str]) -> Matrix:
        """One row for each text."""
        ...


@runtime_checkable
class VectorStore(Protocol):
    """Keeps immutable releases of the corpus, one of which is served.

    Promises: a release is visible only when complete; ``activate`` switches at once and as a whole, while searches go
    on; a failure or crash at any moment leaves the release that was served. No call blocks the event loop.
    """

    async def build(self, release: Release, points: Iterable[IndexPoint]) -> None:
        """Store ``release`` beside the others; it is complete afterwards, and not served.

        ``points`` is read once, in a worker thread. When it raises, nothing is left behind and the error goes on.
        Raises ``StoreBusy`` when another process builds, ``StoreUnavailable`` when the store is out of reach.
        """
        ...

    async def activate(self, release_id: str) -> None:
        """Serve the complete release ``release_id``: in this process from the next search on, in others soon after.

        An older release is a rollback. Older ones than the last few may be dropped afterwards.

        Raises ``ReleaseNotFound`` or ``StoreUnavailable``.
        """
        ...

    async def search(self, query: LegQuery) -> Candidates:
        """The nearest sections of the dense and of the lexical leg that pass the filter.

        Raises ``NoRelease`` or ``StoreUnavailable``. After ``StoreUnavailable`` a later call may succeed.
        """
        ...

    async def health(self) -> StoreHealth:
        """Whether searches can be served. Never raises: an unreachable store is an answer."""
        ...


class Reranker(Protocol):
    """Reads a query and passages together, which is slower and finer than comparing their vectors."""

    @property
    def name(self) -> str:
        """The model, for status and log."""
        ...

    async def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        """How well each passage answers the query; higher is better, on a scale of the model's own.

        Raises ``RerankerUnavailable``: it cannot be reached, is late, or answers nonsense.
        """
        ...


class GuidanceSearch(Protocol):
    """Finds vetted sections; ``retrieval.search.Searcher`` is one."""

    async def search(
        self, query: str, vector: Vector, wanted: SearchFilter, limit: int = 8, topic: Topic = NO_TOPIC
    ) -> SearchResult:
        """Sections that pass the filter and the floor, best first.

        Raises:
            RetrievalError: the store cannot be reached or serves nothing.
        """
        ...
