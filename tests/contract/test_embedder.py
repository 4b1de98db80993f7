"""What every embedder promises; run on each one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from retrieval.embedding import minilm
from retrieval.embedding.cache import CachedEmbedder
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.embedding.onnx import load_minilm
from retrieval.embedding.sentence_transformers import load_sentence_transformers
from retrieval.ports import Embedder

TEXTS = ("How do I kill a Python process?", "", "我不想活了", "كم الجرعة", "¿Cuánto ibuprofeno le doy?", "word " * 3000)


@pytest.fixture(
    params=[
        "hashing",
        "cached",
        pytest.param("onnx-int8", marks=pytest.mark.slow),
        pytest.param("onnx-fp32", marks=pytest.mark.slow),
        pytest.param("sentence-transformers", marks=pytest.mark.slow),
    ]
)
def embedder(request: pytest.FixtureRequest, tmp_path: Path, model_home: Path) -> Embedder:
    match request.param:
        case "hashing":
            return HashingEmbedder()
        case "cached":
            return CachedEmbedder(HashingEmbedder(), tmp_path / "cache.sqlite")
        case "onnx-int8":
            return load_minilm(model_home, "int8")
        case "onnx-fp32":
            return load_minilm(model_home, "fp32")
        case _:
            return load_sentence_transformers(str(minilm.model_dir()))


def test_is_an_embedder_with_a_name(embedder: Embedder) -> None:
    assert isinstance(embedder, Embedder)
    assert embedder.name
    assert embedder.dimension == 384


def test_rows_are_unit_vectors_in_order(embedder: Embedder) -> None:
    rows = embedder.embed(TEXTS)
    assert rows.shape == (len(TEXTS), embedder.dimension)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=1e-4)
    assert rows[0] == pytest.approx(embedder.embed([TEXTS[0]])[0], abs=1e-5)


def test_no_text_gives_no_row(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_a_text_has_the_same_vector_beside_any_other(embedder: Embedder) -> None:
    alone = embedder.embed(["what is a keylogger"])[0]
    together = embedder.embed(["word " * 300, "what is a keylogger", "!"])[1]
    assert together == pytest.approx(alone, abs=1e-5)


def test_it_may_be_shared_by_threads(embedder: Embedder) -> None:
    texts = [f"what is a keylogger {number}" for number in range(16)]
    expected = embedder.embed(texts)
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda text: embedder.embed([text])[0], texts))
    assert np.array(rows) == pytest.approx(expected, abs=1e-5)


def test_near_texts_are_nearer_than_far_ones(embedder: Embedder) -> None:
    text, near, far = embedder.embed(["remove a keylogger from my laptop", "keylogger on my laptop", "boil an egg"])
    assert text @ near > text @ far
