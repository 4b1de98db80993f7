"""How alike two requests are, in any of our languages.

Similarity is the geometric mean of two cosines: of the embeddings, and of the sets of hashed n-grams. Either alone misleads.
Embeddings of contrast pairs ("kill a process", "kill a person") lie close together, and so do those of any two Chinese or
Arabic texts, for the embedder reads neither; n-grams alone miss a request that was put a little differently. Figures: `handrail
risk exemplars measure`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agent.risk.features import ngrams
from retrieval.models import Vector
from retrieval.ports import Matrix


class GramIndex:
    """Texts by their n-grams. Immutable."""

    def __init__(self, texts: Sequence[str]) -> None:
        grams = [ngrams(text) for text in texts]
        self._sizes = np.array([len(own) for own in grams], dtype=np.float64)
        posting: defaultdict[int, list[int]] = defaultdict(list)
        for index, own in enumerate(grams):
            for gram in own.tolist():
                posting[gram].append(index)
        self._posting = {gram: np.array(indices, dtype=np.int64) for gram, indices in posting.items()}

    def __len__(self) -> int:
        return len(self._sizes)

    def cosines(self, text: str) -> NDArray[np.float64]:
        """Cosine of the n-gram set of the text to that of each text of the index: 0..1, shape ``(n,)``."""
        grams = ngrams(text).tolist()
        found = [self._posting[gram] for gram in grams if gram in self._posting]
        if not found:
            return np.zeros(len(self))
        shared = np.bincount(np.concatenate(found), minlength=len(self))
        cosines: NDArray[np.float64] = shared / np.sqrt(len(grams) * self._sizes)
        return cosines


class TextIndex:
    """Texts that others are compared with. Immutable."""

    def __init__(self, texts: Sequence[str], vectors: Matrix) -> None:
        """``vectors`` has one row for each text, of unit length."""
        self._vectors = vectors
        self._grams = GramIndex(texts)

    def __len__(self) -> int:
        return len(self._grams)

    def similarities(self, text: str, vector: Vector) -> NDArray[np.float64]:
        """Similarity of the text, whose embedding is ``vector``, to each text of the index: 0..1, shape ``(n,)``."""
        return combined(self._vectors @ vector, self._grams.cosines(text))

    def nearest(self, text: str, vector: Vector, *, least: float, most: int) -> list[tuple[int, float]]:
        """Position and similarity of the texts that are at least so similar, nearest first, so many at most."""
        similarities = self.similarities(text, vector)
        inside = np.flatnonzero(similarities >= least)
        ranked = inside[np.argsort(-similarities[inside], kind="stable")][:most]
        return [(index, float(similarities[index])) for index in ranked.tolist()]


def combined(dense: NDArray[np.float32], lexical: NDArray[np.float64]) -> NDArray[np.float64]:
    """The similarity from both cosines. It is at least ``r`` only where ``lexical`` is at least ``r * r``."""
    similarity: NDArray[np.float64] = np.sqrt(np.clip(dense.astype(np.float64), 0.0, 1.0) * lexical)
    return similarity
