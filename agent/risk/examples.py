"""The labelled requests that the model learnt from, to be looked up by resemblance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np

from agent.explanation import NearExample
from agent.risk.labels import Example, read_examples
from agent.risk.similarity import TextIndex
from retrieval.models import Vector
from retrieval.ports import Embedder, Matrix

BUNDLED: Final = Path(__file__).with_name("data")
CHUNK: Final = 64
SHOWN_CHARS: Final = 300
MOST: Final = 15_000
"""Examples that are embedded, chosen by the hash of their id: a minute to embed, and 25 MB. Many thousands more say the same."""
LEAST: Final = 0.2
"""Less alike than that is not worth showing."""


class TrainingExamples:
    """Single messages of our own data with known labels, a sample of them where there are many; embedded when first asked for."""

    def __init__(self, embedder: Embedder, folder: Path = BUNDLED) -> None:
        """``embedder`` should remember what it embedded: there are thousands of texts."""
        self._embedder = embedder
        self._folder = folder
        self._examples: list[Example] = []
        self._index: TextIndex | None = None

    @property
    def ready(self) -> bool:
        """True once ``load`` has ended."""
        return self._index is not None

    def load(self, progress: Callable[[int, int], None] = lambda done, total: None) -> None:
        """The examples can be searched. Blocks: minutes the first time, seconds when every text was embedded before.

        Raises:
            LabelError: a file of the data is not valid.
            RetrievalError: the texts could not be embedded.
        """
        examples = sampled(own_examples(self._folder))
        vectors = embedded([example.text for example in examples], self._embedder, progress)
        self._examples, self._index = examples, TextIndex([example.text for example in examples], vectors)

    def nearest(self, text: str, vector: Vector, most: int) -> tuple[NearExample, ...]:
        """The most similar examples, nearest first; none before ``load``."""
        if self._index is None:
            return ()
        return tuple(_shown(self._examples[i], s) for i, s in self._index.nearest(text, vector, least=LEAST, most=most))


def own_examples(folder: Path = BUNDLED) -> list[Example]:
    """Our own labelled single messages. Raises ``LabelError``."""
    return [e for e in read_examples(sorted(folder.glob("*.jsonl"))) if not e.earlier and e.facet is not None]


def sampled(examples: Sequence[Example]) -> list[Example]:
    """At most ``MOST`` of the examples, in their order: the same ones of the same examples."""
    kept = {e.id for e in sorted(examples, key=lambda e: blake2b(e.id.encode(), digest_size=8).digest())[:MOST]}
    return [e for e in examples if e.id in kept]


def embedded(texts: Sequence[str], embedder: Embedder, progress: Callable[[int, int], None]) -> Matrix:
    """One row for each text. Texts of like length are embedded together."""
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    vectors = np.empty((len(texts), embedder.dimension), dtype=np.float32)
    for start in range(0, len(order), CHUNK):
        chosen = order[start : start + CHUNK]
        vectors[chosen] = embedder.embed([texts[index] for index in chosen])
        progress(min(start + CHUNK, len(order)), len(order))
    return vectors


def _shown(example: Example, similarity: float) -> NearExample:
    return NearExample.model_validate(
        {
            "id": example.id,
            "source": example.source,
            "text": example.text[:SHOWN_CHARS],
            "unsafe": bool(example.unsafe),
            "facet": example.facet,
            "similarity": round(similarity, 4),
        }
    )
