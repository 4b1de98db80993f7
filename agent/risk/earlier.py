"""The weights of a model that was exported before, to start from or to average new ones with.

Float weights are not kept beside the artifact, so they are read back from its int8 graph.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import onnx
import onnxruntime
import torch
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # comes with onnx, without stubs
from onnx import numpy_helper
from torch import Tensor

from agent.errors import ArtifactError
from agent.risk.classifier import FACETS, HAZARDS, LOGITS, OUTPUTS, Logits
from agent.risk.features import Window, padded

_PRODUCT: Final = "MatMulInteger"
_LAST: Final = ("out.weight", "out.bias")
_SUFFIXES: Final = ("/MatMul_quant", "/Gemm_MatMul_quant")
_TOWER: Final = re.compile(r"towers\.(\d+)\.")


class Earlier(NamedTuple):
    """A model that was trained before."""

    version: str
    towers: tuple[dict[str, Tensor], ...]
    """Weights of each encoder, as ``weights_of`` has them."""


def read_earlier(folder: Path, seed: int) -> Earlier:
    """The model in this folder, of this format or an earlier one.

    Raises:
        ArtifactError: it cannot be read, has other hazards or facets, or was trained with another seed: the rows that one seed
            holds out to calibrate, another one trains on.
    """
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_bytes())
        named = (tuple(manifest["hazards"]), tuple(manifest["facets"]))
        version, trained_with = str(manifest["version"]), manifest["trained"]["settings"]["seed"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ArtifactError(
            f"`{path}` is no manifest of a trained risk model ({type(error).__name__}: {error})"
        ) from error
    if named != (tuple(HAZARDS), tuple(FACETS)):
        raise ArtifactError(f"the model in `{folder}` has other hazards or facets than this version; train without it")
    if trained_with != seed:
        raise ArtifactError(
            f"the model in `{folder}` was trained with seed {trained_with}, this run has {seed}; pass --seed {trained_with}"
        )
    return Earlier(version, weights_of(folder))


def weights_of(folder: Path) -> tuple[dict[str, Tensor], ...]:
    """Names and values of each encoder as ``network.Heads`` has them, read back from the int8 graph in ``folder``: each differs from
    what was exported by half a step of quantisation at the most. Layers that serving does not run are missing, and those that
    encoders share stand with the first one.

    Raises:
        ArtifactError: the graph cannot be read or holds no quantised layers.
    """
    path = folder / "encoder.onnx"
    try:
        graph = onnx.load(str(path)).graph
    except (OSError, DecodeError) as error:
        raise ArtifactError(f"`{path}` cannot be read as an ONNX graph: {error}") from error
    values = {value.name: numpy_helper.to_array(value) for value in graph.initializer}
    weights = {name: value for name, value in values.items() if name.endswith((".bias", "LayerNorm.weight"))}
    for name in values:
        if name.endswith("embeddings.weight_quantized"):
            weights[name.removesuffix("_quantized")] = _float(name.removesuffix("_quantized"), values)
    for node in graph.node:
        if node.op_type == _PRODUCT:
            layer = node.name.strip("/")
            for suffix in _SUFFIXES:
                layer = layer.removesuffix(suffix)
            weights[f"{layer.replace('/', '.')}.weight"] = _float(node.input[1].removesuffix("_quantized"), values).T
    if not any(node.op_type == _PRODUCT for node in graph.node):
        raise ArtifactError(f"`{path}` holds no quantised layers; expected a model that `handrail risk train` wrote")
    towers: dict[int, dict[str, Tensor]] = {}
    for name, value in weights.items():
        found = _TOWER.match(name)  # a graph of one encoder alone has no such prefix
        own = towers.setdefault(int(found[1]) if found else 0, {})
        own[_TOWER.sub("", name, count=1)] = torch.tensor(np.ascontiguousarray(value, dtype=np.float32))
    return tuple(own for _, own in sorted(towers.items()))


def graph_logits(folder: Path, texts: Sequence[Window], pad: int, progress: Callable[[str, int, int], None]) -> Logits:
    """What the exported encoders alone make of each window: uncalibrated logits of shape ``(len(texts), OUTPUTS)``, ``nan`` for
    heads that it lacks. Blocks: about 2 ms a text."""
    session = onnxruntime.InferenceSession(str(folder / "encoder.onnx"), providers=["CPUExecutionProvider"])
    order = sorted(range(len(texts)), key=lambda i: len(texts[i].ids))
    logits = np.full((len(texts), OUTPUTS), np.nan, dtype=np.float32)
    for start in range(0, len(order), 64):
        picked = order[start : start + 64]
        outputs: Logits = session.run([LOGITS], dict(padded([texts[i] for i in picked], pad)))[0]
        logits[picked, : outputs.shape[1]] = outputs
        progress("judging rows", start + len(picked), len(order))
    return logits


def shaped(earlier: Mapping[str, Tensor], new: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """``new`` with what ``earlier`` has in its place. A last layer with fewer outputs fills the first ones: new heads come last
    (``classifier.OUTPUTS``) and stay as they are in ``new``.

    Raises:
        ArtifactError: another layer is missing in ``new`` or has another shape there.
    """
    placed = dict(new)
    for name, value in earlier.items():
        wanted = new[name].shape if name in new else None
        if wanted is not None and name in _LAST and len(value) < len(new[name]) and value.shape[1:] == wanted[1:]:
            placed[name] = torch.cat([value, new[name][len(value) :]])
        elif wanted == value.shape:
            placed[name] = value
        else:
            raise ArtifactError(f"the earlier model has another `{name}`; only models of one shape go together")
    return placed


def averaged(new: Mapping[str, Tensor], earlier: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """``new`` with ``share`` of what ``earlier`` has of the same name; the rest stays as it is.

    Raises:
        ArtifactError: a layer has another shape in the earlier model, but for the last one with fewer outputs.
    """
    placed = shaped(earlier, new)
    return dict(new) | {name: (1 - share) * new[name] + share * placed[name] for name in earlier}


def _float(name: str, values: Mapping[str, np.ndarray]) -> np.ndarray:
    whole = values[f"{name}_quantized"].astype(np.float32) - values[f"{name}_zero_point"].astype(np.float32)
    return np.asarray(whole * values[f"{name}_scale"])
