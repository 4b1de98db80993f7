"""A risk model small enough for a test: a few words, one layer, the real artifact format."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from agent.risk.classifier import FACETS, FILES, FIRST_FACET, FORMAT, HAZARDS, OUTPUTS
from agent.risk.features import NGRAM_BITS, ngrams

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "tea", "bomb", "dose", "hello"]


def tokenizer() -> Tokenizer:
    """Knows ``WORDS``."""
    made = Tokenizer(WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = Whitespace()
    return made


def write_model(folder: Path) -> Path:
    """An artifact that calls `bomb` unsafe and `dose` dosing; everything else is harmless and everyday."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = np.zeros((len(WORDS), OUTPUTS), dtype=np.float32)
    weights[WORDS.index("bomb"), 0] = 20.0
    weights[WORDS.index("dose"), FIRST_FACET + [f.value for f in FACETS].index("dosing")] = 30.0
    bias = np.full(OUTPUTS, -4.0, dtype=np.float32)
    bias[FIRST_FACET + [f.value for f in FACETS].index("everyday")] = 2.0
    nodes = [
        helper.make_node("Gather", ["weights", "input_ids"], ["rows"], axis=0),
        helper.make_node("ReduceMax", ["rows"], ["best"], axes=[1], keepdims=0),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["token_type_ids"], ["types"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["mask"], ["masked"], keepdims=0),
        helper.make_node("ReduceSum", ["types"], ["typed"], keepdims=0),
        helper.make_node("Mul", ["masked", "zero"], ["nothing"]),
        helper.make_node("Mul", ["typed", "zero"], ["nothing2"]),
        helper.make_node("Add", ["best", "bias"], ["sum"]),
        helper.make_node("Add", ["sum", "nothing"], ["sum2"]),
        helper.make_node("Add", ["sum2", "nothing2"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info(n, TensorProto.INT64, ["b", "t"])
            for n in ("input_ids", "attention_mask", "token_type_ids")
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["b", OUTPUTS])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(bias, "bias"),
            numpy_helper.from_array(np.float32(0.0), "zero"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(folder / "encoder.onnx"))
    table = np.zeros((1 << NGRAM_BITS, OUTPUTS), dtype=np.float16)
    table[ngrams("炸弹"), 0] = 8.0
    np.save(folder / "ngrams.npy", table)
    tokenizer().save(str(folder / "tokenizer.json"))
    write_manifest(folder)
    return folder


def write_manifest(folder: Path, **changes: object) -> None:
    """A manifest that fits the files, unless changed."""
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    identity = {"scale": 1.0, "shift": 0.0}
    manifest = {
        "format": FORMAT,
        "version": "tiny",
        "hazards": [h.value for h in HAZARDS],
        "facets": [f.value for f in FACETS],
        "unsafe": identity,
        "prompt_attack": identity,
        "stakes": identity,
        "urgent": identity,
        "hazard": {h.value: identity for h in HAZARDS},
        "facet_temperature": 1.0,
        "ngram_weight": {"other": 1.0, "es": 0.0},
        "sha256": hashes,
    }
    (folder / "manifest.json").write_text(json.dumps({**manifest, **changes}))


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny artifact; not to be changed."""
    return write_model(tmp_path_factory.mktemp("risk") / "model")


@pytest.fixture
def own_model(tmp_path: Path) -> Path:
    """The folder of a tiny artifact that a test may damage."""
    return write_model(tmp_path / "model")


@pytest.fixture
def new_manifest() -> Callable[..., None]:
    """Rewrites the manifest of a folder."""
    return write_manifest


@pytest.fixture
def tiny_tokenizer() -> Tokenizer:
    """The tokenizer of the tiny artifact."""
    return tokenizer()
