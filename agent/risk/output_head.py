"""A head of the risk encoder for what a model writes: does this text itself do harm, as a threat, contempt or a lie does?

The request heads ask what somebody wants; an answer wants nothing. This head is linear in the pooled embedding of the same
encoder and lives in two files beside it: ``output.json`` (hazards, floor, hashes, figures) and ``output.npz`` (numbers, never
unpickled). It belongs to one encoder and is fitted by ``handrail risk fit-output``.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from agent.errors import ArtifactError
from policies.taxonomy import Hazard

MANIFEST: Final = "output.json"
NUMBERS: Final = "output.npz"
_ARRAYS: Final = ("mean", "scale", "harm", "harm_bias", "kind", "kind_bias")

Floats = NDArray[np.float32]


class HeadManifest(BaseModel):
    """What the head is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    hazards: tuple[Hazard, ...]
    floor: float
    """Logit of harm from which on a text is held."""
    encoder_sha256: str
    numbers_sha256: str
    fitted: dict[str, dict[str, float]] = {}
    """Rows and held-out figures of the fit."""


class Verdict(NamedTuple):
    """What the head says of one text."""

    logit: float
    """Of harm."""
    hazards: tuple[Hazard, ...]
    """Most likely first; empty below the floor."""


class OutputHead:
    """Judges pooled embeddings. Thread-safe, microseconds."""

    def __init__(self, manifest: HeadManifest, arrays: dict[str, Floats]) -> None:
        self.manifest = manifest
        self._of = arrays

    def judge(self, pooled: Floats) -> Verdict:
        """The verdict on a text of one or more windows, shape ``(windows, width)``: that on its worst window."""
        rows = (pooled - self._of["mean"]) / self._of["scale"]
        logits = rows @ self._of["harm"] + self._of["harm_bias"]
        worst = int(logits.argmax())
        logit = float(logits[worst])
        if logit < self.manifest.floor:
            return Verdict(logit, ())
        kinds = self._of["kind"] @ rows[worst] + self._of["kind_bias"]
        likely = sorted(zip(kinds.tolist(), self.manifest.hazards, strict=True), key=lambda pair: -pair[0])
        return Verdict(logit, (likely[0][1], *(hazard for value, hazard in likely[1:] if value > 0)))


def load_output_head(folder: Path, encoder_sha256: str | None = None) -> OutputHead | None:
    """The head in the folder of a risk model; ``None`` where there is none. ``encoder_sha256`` is that of its encoder where the file
    has been read and checked already.

    Raises:
        ArtifactError: a file does not match its hash, or the head was fitted on another encoder.
    """
    if not (folder / MANIFEST).exists():
        return None
    try:
        manifest = HeadManifest.model_validate(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        packed = (folder / NUMBERS).read_bytes()
        encoder = encoder_sha256 or _sha256((folder / "encoder.onnx").read_bytes())
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, ValidationError) as error:
        raise ArtifactError(f"output head in `{folder}` cannot be read: {str(error).splitlines()[0]}") from error
    for name, actual, wanted in (
        (NUMBERS, _sha256(packed), manifest.numbers_sha256),
        ("encoder.onnx", encoder, manifest.encoder_sha256),
    ):
        if manifest.format != 1 or actual != wanted:
            raise ArtifactError(
                f"output head in `{folder}` is for a `{name}` with sha256 {wanted[:16]}..., this one has {actual[:16]}...; "
                "run `handrail risk fit-output`"
            )
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        return OutputHead(manifest, {name: arrays[name] for name in _ARRAYS})


def write_output_head(folder: Path, manifest: HeadManifest, arrays: dict[str, Floats]) -> OutputHead:
    """The head is in the folder of its encoder afterwards; the hashes of ``manifest`` are filled in."""
    packed = io.BytesIO()
    kept: dict[str, Any] = {name: np.asarray(arrays[name], dtype=np.float32) for name in _ARRAYS}
    np.savez(packed, **kept)
    complete = manifest.model_copy(
        update={
            "encoder_sha256": _sha256((folder / "encoder.onnx").read_bytes()),
            "numbers_sha256": _sha256(packed.getvalue()),
        }
    )
    (folder / NUMBERS).write_bytes(packed.getvalue())
    (folder / MANIFEST).write_text(complete.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return OutputHead(complete, arrays)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
