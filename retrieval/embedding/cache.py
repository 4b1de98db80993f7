"""An embedder that remembers: a changed document embeds only itself again."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np

from retrieval.errors import StoreUnavailable
from retrieval.ports import Embedder, Matrix

_SCHEMA: Final = "CREATE TABLE IF NOT EXISTS embeddings (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"


class CachedEmbedder:
    """Looks vectors up by embedder and hash of the text, and asks ``inner`` for the others only. For index builds."""

    def __init__(self, inner: Embedder, path: Path) -> None:
        self._inner = inner
        self._path = path

    @property
    def name(self) -> str:
        """That of the embedder behind it: the vectors are the same."""
        return self._inner.name

    @property
    def dimension(self) -> int:
        """Number of columns."""
        return self._inner.dimension

    def embed(self, texts: Sequence[str]) -> Matrix:
        """One row for each text; what was embedded now is on disk afterwards."""
        keys = [hashlib.sha256(f"{self.name}\0{text}".encode()).digest() for text in texts]
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=30)) as connection:
                connection.execute(_SCHEMA)
                missing = self._read(connection, keys, rows)
                if missing:
                    fresh = self._inner.embed([texts[index] for index in missing])
                    rows[missing] = fresh
                    pairs = [(keys[index], row.tobytes()) for index, row in zip(missing, fresh, strict=True)]
                    connection.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?)", pairs)
                    connection.commit()
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(
                f"`{self._path}` cannot be used: {error}; delete the file, it is only a cache"
            ) from error
        return rows

    def _read(self, connection: sqlite3.Connection, keys: Sequence[bytes], rows: Matrix) -> list[int]:
        """Fill the known rows; return the positions of the others. A vector of a wrong size counts as unknown."""
        missing: list[int] = []
        for index, key in enumerate(keys):
            found = connection.execute("SELECT vector FROM embeddings WHERE key = ?", (key,)).fetchone()
            if found is None or len(found[0]) != 4 * self.dimension:
                missing.append(index)
            else:
                rows[index] = np.frombuffer(found[0], dtype=np.float32)
        return missing
