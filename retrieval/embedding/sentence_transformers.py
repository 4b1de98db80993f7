"""Any other sentence-transformers model, by name or path. Heavier: it imports torch when it is loaded."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from retrieval.errors import ModelNotFound
from retrieval.ports import Matrix


class SentenceTransformersEmbedder:
    """A model run by sentence-transformers on the CPU."""

    def __init__(self, model: Any, name: str) -> None:
        self._model = model
        self._name = name
        # Tokenizers of transformers are not safe to share between threads while truncating.
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Identifies the vectors."""
        return f"{self._name}/sentence-transformers"

    @property
    def dimension(self) -> int:
        """Number of columns."""
        return int(self._model.get_embedding_dimension())

    def embed(self, texts: Sequence[str]) -> Matrix:
        """One row of unit length for each text, one text at a time so that neighbours cannot change a vector."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        with self._lock:
            rows = self._model.encode(
                list(texts), batch_size=1, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
            )
        return np.asarray(rows, dtype=np.float32)


def load_sentence_transformers(name_or_path: str, *, download: bool = False) -> SentenceTransformersEmbedder:
    """The model ``name_or_path`` from this machine; only with ``download`` may it be fetched. Raises ``ModelNotFound``."""
    from sentence_transformers import SentenceTransformer

    try:
        model = SentenceTransformer(name_or_path, device="cpu", local_files_only=not download)
    except (OSError, ValueError) as error:
        raise ModelNotFound(
            f"model `{name_or_path}` is not on this machine; expected a folder or a cached model; "
            "set HANDRAIL_EMBEDDER to one, or download it first"
        ) from error
    return SentenceTransformersEmbedder(model, name_or_path)
