"""Remembered embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from retrieval.embedding.cache import CachedEmbedder
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.errors import StoreUnavailable
from retrieval.ports import Matrix


class Counting(HashingEmbedder):
    """Counts the texts it embeds."""

    def __init__(self, dimension: int = 16) -> None:
        super().__init__(dimension)
        self.count = 0

    def embed(self, texts: Sequence[str]) -> Matrix:
        self.count += len(texts)
        return super().embed(texts)


def test_a_known_text_is_not_embedded_again(tmp_path: Path) -> None:
    inner = Counting()
    first = CachedEmbedder(inner, tmp_path / "deep" / "cache.sqlite").embed(["a b", "c d"])
    second = CachedEmbedder(inner, tmp_path / "deep" / "cache.sqlite").embed(["c d", "e f", "a b"])
    assert inner.count == 3
    assert np.array_equal(first[1], second[0])
    assert np.array_equal(first[0], second[2])


def test_embedders_do_not_share_vectors(tmp_path: Path) -> None:
    CachedEmbedder(Counting(16), tmp_path / "cache.sqlite").embed(["a b"])
    assert CachedEmbedder(Counting(32), tmp_path / "cache.sqlite").embed(["a b"]).shape == (1, 32)


def test_a_damaged_cache_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    path.write_bytes(b"this is no database, but long enough to be mistaken for one" * 20)
    with pytest.raises(StoreUnavailable, match=r"cache\.sqlite` cannot be used.*delete the file, it is only a cache"):
        CachedEmbedder(Counting(), path).embed(["a"])
