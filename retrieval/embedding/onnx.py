"""The default embedder: ONNX Runtime and tokenizers, nothing else. Neither torch nor transformers is imported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.embedding import minilm
from retrieval.embedding.export import (
    DEFAULT_PRECISION,
    MODEL_FILE,
    TOKENIZER_FILE,
    Precision,
    ensure_exported,
    verify_exported,
)
from retrieval.errors import ModelCorrupted
from retrieval.ports import Matrix

_MAX_CHARS: Final = 20_000
"""No text needs more characters to fill 256 tokens; a megabyte would cost seconds in the tokenizer."""


class OnnxEmbedder:
    """all-MiniLM-L6-v2 on one thread: 256 tokens, mean pooling, unit length."""

    def __init__(self, folder: Path) -> None:
        """Load the exported model in ``folder``. Raises ``ModelNotFound`` or ``ModelCorrupted``."""
        import onnxruntime
        from tokenizers import Tokenizer

        self._manifest = verify_exported(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # two threads are slower than one on short text
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # An arena never gives back what the longest text needed. Measured: no slower without.
        options.enable_cpu_mem_arena = False
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / MODEL_FILE), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises its own unrelated classes
            raise ModelCorrupted(f"`{folder / MODEL_FILE}` cannot be loaded: {error}; delete `{folder}`") from error
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length=minilm.MAX_TOKENS)

    @property
    def name(self) -> str:
        """Identifies the vectors: model, precision and the start of the hash of the weights."""
        return f"{self._manifest.model}/onnx-{self._manifest.precision}/{self._manifest.source_sha256[:8]}"

    @property
    def dimension(self) -> int:
        """Number of columns."""
        return minilm.DIMENSION

    def embed(self, texts: Sequence[str]) -> Matrix:
        """One row of unit length for each text.

        Texts run one by one: padding costs more than batching gains on one core, and with int8 the scale of the
        activations is taken over the whole batch, so a text would get another vector beside other texts.
        """
        rows = np.empty((len(texts), minilm.DIMENSION), dtype=np.float32)
        for index, text in enumerate(texts):
            rows[index] = self._embed_one(text)
        return rows

    def _embed_one(self, text: str) -> NDArray[np.float32]:
        ids = np.asarray([self._tokenizer.encode(text[:_MAX_CHARS]).ids], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        hidden: NDArray[np.float32] = self._session.run(None, feed)[0]
        pooled = hidden[0].mean(axis=0)  # without padding every token counts
        return np.asarray(pooled / np.linalg.norm(pooled), dtype=np.float32)


def load_minilm(data_dir: Path, precision: Precision = DEFAULT_PRECISION, *, export: bool = True) -> OnnxEmbedder:
    """The default embedder from ``data_dir``; exports the model first when it is missing and ``export`` is true.

    Raises ``ModelError``. The first call takes seconds and imports torch; run that one at set-up.
    """
    folder = ensure_exported(data_dir, precision) if export else _existing(data_dir, precision)
    return OnnxEmbedder(folder)


def _existing(data_dir: Path, precision: Precision) -> Path:
    from retrieval.embedding.export import exported_dir

    return exported_dir(data_dir, precision)
