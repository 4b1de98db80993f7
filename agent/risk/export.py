"""Write a trained network as the artifact that serving loads: int8 ONNX, n-gram table, tokenizer, manifest with hashes."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from agent.risk.calibrate import Calibration
from agent.risk.classifier import FACETS, FILES, FORMAT, HAZARDS, Manifest, version_of
from agent.risk.network import NgramModel, Towers
from agent.risk.pooling import add_pooled


def write_artifact(
    deep: Towers,
    flat: NgramModel,
    base_model: Path,
    output: Path,
    calibration: Calibration,
    ngram_weight: dict[str, float],
    trained: dict[str, Any],
) -> Manifest:
    """The artifact at ``output``, complete or not at all: it is built beside it and moved into place."""
    deep.eval()
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent) as temporary:
        folder = Path(temporary) / "model"
        folder.mkdir()
        _export_encoder(deep, folder / "encoder.onnx")
        np.save(folder / "ngrams.npy", flat.table.weight.detach().numpy().astype(np.float16))
        shutil.copyfile(base_model / "tokenizer.json", folder / "tokenizer.json")
        hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
        manifest = Manifest(
            format=FORMAT,
            version=version_of(hashes),
            hazards=tuple(HAZARDS),
            facets=tuple(FACETS),
            unsafe=calibration.unsafe,
            prompt_attack=calibration.prompt_attack,
            stakes=calibration.stakes,
            urgent=calibration.urgent,
            hazard={hazard.value: platt for hazard, platt in calibration.hazard.items()},
            facet_temperature=calibration.facet_temperature,
            ngram_weight=ngram_weight,
            sha256=hashes,
            trained=trained,
        )
        (folder / "manifest.json").write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
        if output.exists():
            output.rename(Path(temporary) / "old")
        folder.rename(output)
    return manifest


def _export_encoder(network: Towers, path: Path) -> None:
    full = path.with_suffix(".fp32.onnx")
    example = {
        "input_ids": torch.ones(2, 8, dtype=torch.int64),
        "attention_mask": torch.ones(2, 8, dtype=torch.int64),
        "token_type_ids": torch.zeros(2, 8, dtype=torch.int64),
    }
    axes = {name: {0: "batch", 1: "tokens"} for name in example}
    torch.onnx.export(
        network,
        tuple(example.values()),
        str(full),
        input_names=list(example),
        output_names=["logits"],
        dynamic_axes={**axes, "logits": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    quantize_dynamic(str(full), str(path), weight_type=QuantType.QInt8, per_channel=True)
    add_pooled(path)
    full.unlink()
