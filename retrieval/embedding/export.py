"""Turn the default sentence-transformers model into ONNX, once, into the data directory.

Run at set-up, in a process of its own: it imports torch and transformers, which the service itself does not.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from retrieval.embedding import minilm
from retrieval.errors import ModelCorrupted, ModelError, ModelExportError, ModelNotFound

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

    The export runs in a process of its own, so that this one never holds torch. Raises ``ModelError``.
    """
    folder = exported_dir(data_dir, precision)
    try:
        verify_exported(folder)
    except (ModelNotFound, ModelCorrupted):
        _export_elsewhere(data_dir, precision)
        verify_exported(folder)
    return folder


def export_model(data_dir: Path, precision: Precision) -> Path:
    """Export in this process, replacing a damaged model. Imports torch and transformers. Raises ``ModelError``.

    Atomic: the folder appears whole or not at all, also with two processes at once.
    """
    folder = exported_dir(data_dir, precision)
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


def _export_elsewhere(data_dir: Path, precision: Precision) -> None:
    """Run ``export_model`` in a fresh interpreter with the same search path."""
    command = [sys.executable, "-m", "retrieval.embedding.export", str(data_dir), precision]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise ModelExportError(f"the model could not be exported to ONNX: {lines[-1] if lines else done.returncode}")


def _publish(staged: Path, folder: Path) -> None:
    """Move the finished folder into place, unless another process was quicker."""
    try:
        verify_exported(folder)
    except ModelNotFound:
        pass
    except ModelCorrupted:
        shutil.rmtree(folder)
    else:
        return
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
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
    # Eager attention: the default kernel has no ONNX form under transformers 5.
    model: Any = AutoModel.from_pretrained(source, attn_implementation="eager", local_files_only=True).eval()
    names = ["input_ids", "attention_mask", "token_type_ids"]
    example = tuple(torch.ones(2, 8, dtype=torch.int64) for _ in names)
    axes = {name: {0: "batch", 1: "length"} for name in [*names, "last_hidden_state"]}
    with _quiet(), torch.no_grad():
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

    with _quiet():
        quantize_dynamic(str(source), str(target), weight_type=QuantType.QInt8, per_channel=True)


@contextmanager
def _quiet() -> Iterator[None]:
    """No notes of the tracer and the quantiser about code that is not ours."""
    root, handler, disabled = logging.getLogger(), logging.NullHandler(), logging.root.manager.disable
    root.addHandler(handler)  # with a handler in place `logging.warning` installs none of its own
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
        root.removeHandler(handler)


def main(arguments: Sequence[str]) -> int:
    """``python -m retrieval.embedding.export DATA_DIR fp32|int8``; the exit status."""
    if len(arguments) != 2 or arguments[1] not in get_args(Precision):
        print("expected: DATA_DIR fp32|int8", file=sys.stderr)
        return 2
    precision: Precision = "int8" if arguments[1] == "int8" else "fp32"
    try:
        export_model(Path(arguments[0]), precision)
    except (ModelError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
