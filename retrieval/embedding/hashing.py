"""A deterministic embedder without a model: the twin for tests, and for machines where no model may run."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from retrieval.ports import Matrix

_WORD: Final = re.compile(r"[^\W_]+")
_NGRAM: Final = 4


class HashingEmbedder:
    """Words, and pieces of words, hashed to signed dimensions. Texts that share words are near; meaning plays no part."""

    def __init__(self, dimension: int = 384) -> None:
        self._dimension = dimension

    @property
    def name(self) -> str:
        """Identifies the vectors."""
        return f"hashing-{self._dimension}"

    @property
    def dimension(self) -> int:
        """Number of columns."""
        return self._dimension

    def embed(self, texts: Sequence[str]) -> Matrix:
        """One row of unit length for each text; a text without words lies on the first axis."""
        rows = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for feature, weight in _features(text):
                digest = hashlib.blake2b(feature.encode(), digest_size=8).digest()
                sign = 1.0 if digest[0] & 1 else -1.0
                row[int.from_bytes(digest[1:], "little") % self._dimension] += sign * weight
            if not row.any():
                row[0] = 1.0
            row /= np.linalg.norm(row)
        return rows


def _features(text: str) -> Iterator[tuple[str, float]]:
    """Each word with weight 1, and its character n-grams with less, so that inflected forms stay near."""
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        yield word, 1.0
        for start in range(len(word) - _NGRAM + 1):
            yield f"#{word[start : start + _NGRAM]}", 0.5
