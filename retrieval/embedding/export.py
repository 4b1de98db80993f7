"""Turn the default sentence-transformers model into ONNX, once, into the data directory.

Run at set-up, never while serving: it imports torch and transformers, which the service itself does not.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from retrieval.embedding import minilm
from retrieval.errors import ModelCorrupted, ModelExportError, ModelNotFound

Precision = Literal["fp32", "int8"]
DEFAULT_PRECISION: Final[Precision] = "int8"

MODEL_FILE: Final = "model.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"
MANIFEST_FILE: Final = "manifest.json"
_OPSET: Final = 17


class ModelManifest(BaseModel):
    """What was exported, and the hashes by which a later start knows that nothing changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    precision: Precision
    source_sha256: str
    files: dict[str, str]
    """SHA-256 by file name."""


def exported_dir(data_dir: Path, precision: Precision = DEFAULT_PRECISION) -> Path:
    """Where the exported model lives, whether or not it exists."""
    return data_dir / "models" / f"{minilm.MODEL_NAME}-onnx-{precision}"


def ensure_exported(data_dir: Path, precision: Precision = DEFAULT_PRECISION) -> Path:
    """The folder with a complete, verified ONNX model; exports it when it is missing or damaged.

    Atomic: the folder appears whole or not at all, also with two processes at once. Raises ``ModelError``.
    """
    folder = exported_dir(data_dir, precision)
    try:
        verify_exported(folder)
        return folder
    except ModelNotFound:
        pass
    except ModelCorrupted:
        shutil.rmtree(folder)
    source = minilm.model_dir()
    minilm.verify_weights(source)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=folder.parent) as scratch:
        staged = Path(scratch) / folder.name
        staged.mkdir()
        _export(source, staged, precision)
        _publish(staged, folder)
    return folder


def verify_exported(folder: Path) -> ModelManifest:
    """The manifest of ``folder`` after every file matched it. Raises ``ModelNotFound`` or ``ModelCorrupted``."""
    path = folder / MANIFEST_FILE
    if not path.is_file():
        raise ModelNotFound(f"`{folder}` holds no exported model; run `handrail corpora index` or `make setup` once")
    try:
        manifest = ModelManifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ModelCorrupted(f"`{path}` is no model manifest; delete `{folder}` and set up again") from error
    for name, expected in manifest.files.items():
        file = folder / name
        found = minilm.sha256_of(file) if file.is_file() else "missing"
        if found != expected:
            raise ModelCorrupted(
                f"`{file}` has sha256 `{found}`; expected `{expected}`; delete `{folder}`, set up again"
            )
    return manifest


def _publish(staged: Path, folder: Path) -> None:
    """Move the finished folder into place, unless another process was quicker."""
    try:
        os.rename(staged, folder)
    except OSError:
        verify_exported(folder)


def _export(source: Path, target: Path, precision: Precision) -> None:
    """Write model, tokenizer and manifest into ``target``."""
    fp32 = target / "fp32.onnx"
    try:
        _to_onnx(source, fp32)
        if precision == "int8":
            _quantize(fp32, target / MODEL_FILE)
            fp32.unlink()
        else:
            fp32.rename(target / MODEL_FILE)
    except (ImportError, RuntimeError, OSError, ValueError) as error:
        raise ModelExportError(f"`{source}` could not be exported to ONNX: {error}") from error
    shutil.copyfile(source / TOKENIZER_FILE, target / TOKENIZER_FILE)
    files = {name: minilm.sha256_of(target / name) for name in (MODEL_FILE, TOKENIZER_FILE)}
    manifest = ModelManifest(
        model=minilm.MODEL_NAME, precision=precision, source_sha256=minilm.WEIGHTS_SHA256, files=files
    )
    (target / MANIFEST_FILE).write_text(json.dumps(manifest.model_dump(), indent=2) + "\n", encoding="utf-8")


def _to_onnx(source: Path, target: Path) -> None:
    """Token embeddings before pooling, dynamic in batch and length."""
    import torch
    from transformers import AutoModel

    # Eager attention: the default kernel has no ONNX form under transformers 5.
    model: Any = AutoModel.from_pretrained(source, attn_implementation="eager", local_files_only=True).eval()
    names = ["input_ids", "attention_mask", "token_type_ids"]
    example = tuple(torch.ones(2, 8, dtype=torch.int64) for _ in names)
    axes = {name: {0: "batch", 1: "length"} for name in [*names, "last_hidden_state"]}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracer and deprecation notes about code that is not ours
        torch.onnx.export(
            _Encoder.around(model),
            example,
            str(target),
            input_names=names,
            output_names=["last_hidden_state"],
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )


class _Encoder:
    """Builds the module to trace: positional tensors in, one tensor out."""

    @staticmethod
    def around(model: Any) -> Any:
        """``model`` with a signature that tracing understands."""
        import torch

        class Encoder(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.model = model

            def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
                output = self.model(
                    input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids, return_dict=False
                )
                return output[0]

        return Encoder()


def _quantize(source: Path, target: Path) -> None:
    """Weights to int8; activations are quantised while running."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        quantize_dynamic(str(source), str(target), weight_type=QuantType.QInt8, per_channel=True)
