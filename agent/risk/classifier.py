"""The risk model: an int8 ONNX encoder with heads, plus a linear model over hashed n-grams, calibrated.

The artifact is a folder: ``manifest.json`` (labels, calibration, sha256 of the other files), ``encoder.onnx``,
``ngrams.npy``, ``tokenizer.json``. Nothing is unpickled; a file that does not match its hash is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from tokenizers import Tokenizer

from agent.errors import ArtifactError
from agent.risk.features import Encoder, Window, encoder_of, glossed, ngrams, padded, windows
from policies.taxonomy import Facet, Hazard
from retrieval.gloss import Gloss, digest, load_gloss

BUNDLED: Final = Path(__file__).with_name("model")
FORMAT: Final = 3
FILES: Final = ("encoder.onnx", "ngrams.npy", "tokenizer.json")
HAZARDS: Final = tuple(hazard for hazard in Hazard if hazard is not Hazard.PROMPT_ATTACK)
"""Hazards with a head of their own; ``prompt_attack`` has its own head beside them."""
FACETS: Final = tuple(Facet)
FIRST_FACET: Final = 2 + len(HAZARDS)
STAKES: Final = FIRST_FACET + len(FACETS)
URGENT: Final = STAKES + 1
OUTPUTS: Final = URGENT + 1
"""Logits in order: unsafe, prompt_attack, hazards, facets, stakes, urgent. A new head comes last, so that the heads of an earlier
model keep their places."""
BINARY: Final = (*range(FIRST_FACET), STAKES, URGENT)
"""Outputs that stand for themselves; the facets are one choice."""

Logits = NDArray[np.float32]
LOGITS: Final = "logits"
POOLED: Final = "pooled"
"""Output of an encoder that also gives out the embedding of each window."""


class Platt(BaseModel):
    """Calibration of one binary head: ``sigmoid(scale * logit + shift)`` (Platt, 1999)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale: float = 1.0
    shift: float = 0.0


class Manifest(BaseModel):
    """What the artifact is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    version: str
    hazards: tuple[str, ...]
    facets: tuple[str, ...]
    unsafe: Platt
    prompt_attack: Platt
    stakes: Platt
    urgent: Platt
    hazard: dict[str, Platt]
    facet_temperature: float
    ngram_weight: dict[str, float]
    """How much the n-gram logits count, per language; ``other`` for the rest."""
    sha256: dict[str, str]
    trained: dict[str, object] = {}
    """Data, seed and figures of the training run, for the model card."""


class Scores(NamedTuple):
    """Calibrated probabilities for one text."""

    unsafe: float
    prompt_attack: float
    hazards: dict[Hazard, float]
    facets: dict[Facet, float]
    stakes: float
    """How likely it is that a poor answer would cost the person much, if it is answered at all."""
    urgent: float
    """How likely it is that a person should come in now."""


class Request(NamedTuple):
    """A text to score, with the earlier conversation where it matters, and the language to read both in."""

    text: str
    earlier: str = ""
    language: str = "en"
    alone: float = 0.0
    """How much the text read by itself counts beside the text read after the earlier conversation, 0..1."""


class Alone(NamedTuple):
    """A text read by itself."""

    logits: Logits
    pooled: NDArray[np.float32] | None
    """Embedding of each window, shape ``(windows, width)``; ``None`` where the encoder does not give it out."""


class RiskClassifier:
    """Scores texts. Thread-safe; one intra-op thread, because two are slower on short texts."""

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        table: NDArray[np.float16],
        encoder: Encoder,
        gloss: Gloss,
        manifest: Manifest,
    ) -> None:
        self._session = session
        self._table = table
        self._encoder = encoder
        self._gloss = gloss
        self.manifest = manifest
        self._names = [output.name for output in session.get_outputs()]
        self.fingerprint = hashlib.sha256(f"{manifest.model_dump_json()} {digest()}".encode()).hexdigest()[:16]
        """Names this model on record: 16 hex digits over its manifest, which holds the hashes of its files, and over the bundled
        lexicons through which it reads other languages."""

    @classmethod
    def load(cls, folder: Path = BUNDLED, gloss: Gloss | None = None) -> RiskClassifier:
        """The classifier in this folder, reading other languages through the bundled gloss unless another is given.

        Raises:
            ArtifactError: a file is missing, does not match its hash, or the labels are not those of this version.
        """
        manifest = read_manifest(folder)
        for name in FILES:
            actual = hashlib.sha256(_bytes(folder / name)).hexdigest()
            if actual != manifest.sha256.get(name):
                raise ArtifactError(
                    f"risk model file `{folder / name}` has sha256 {actual[:16]}..., its manifest says "
                    f"{manifest.sha256.get(name, 'nothing')[:16]}...; restore the file or run `handrail risk train`"
                )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # An arena never gives back what the longest text needed, here 80 MB. Measured: no slower without.
        options.enable_cpu_mem_arena = False
        session = onnxruntime.InferenceSession(
            str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
        )
        table = np.load(folder / "ngrams.npy", allow_pickle=False)
        encoder = encoder_of(Tokenizer.from_file(str(folder / "tokenizer.json")))
        return cls(session, table, encoder, gloss or load_gloss(), manifest)

    def score(self, requests: Sequence[Request]) -> list[Scores]:
        """Calibrated scores, one per request. Blocks for 2-3 ms a short text: call it in a worker thread."""
        return [self.calibrated(logits) for logits in self.logits(requests)]

    def logits(self, requests: Sequence[Request]) -> Logits:
        """Raw logits, shape ``(len(requests), OUTPUTS)``. Over several windows of a long text: the highest of every
        binary head, and the mean of the facets."""
        readings = [reading for request in requests for reading in _readings(request)]
        spans: list[tuple[int, int]] = []
        batch: list[Window] = []
        for text, earlier, language in readings:
            own = windows(self._encoder, *glossed(self._gloss, text, earlier, language))
            spans.append((len(batch), len(batch) + len(own)))
            batch += own
        outputs: Logits = self._session.run([LOGITS], dict(padded(batch, self._encoder.pad)))[0]
        read = iter([_pooled(outputs[start:end]) for start, end in spans])
        rows = [
            self._ngram_logits(request) + _mixed([next(read) for _ in _readings(request)], request)
            for request in requests
        ]
        return np.stack(rows)

    def alone(self, text: str, language: str) -> Alone:
        """The text by itself: raw logits of one row, as ``logits`` has them, and its pooled embedding. Blocks like ``score``."""
        batch = windows(self._encoder, *glossed(self._gloss, text, "", language))
        feed = dict(padded(batch, self._encoder.pad))
        names = [name for name in (LOGITS, POOLED) if name in self._names]
        outputs: list[Logits] = self._session.run(names, feed)
        row = self._ngram_logits(Request(text, "", language)) + _pooled(outputs[0])
        return Alone(row, outputs[1] if len(outputs) > 1 else None)

    def calibrated(self, logits: Logits) -> Scores:
        """Probabilities for one row of logits."""
        manifest = self.manifest
        hazards = logits[2:FIRST_FACET]
        facets = logits[FIRST_FACET:STAKES] / manifest.facet_temperature
        exp = np.exp(facets - facets.max())
        return Scores(
            unsafe=_platt(float(logits[0]), manifest.unsafe),
            prompt_attack=_platt(float(logits[1]), manifest.prompt_attack),
            hazards={h: _platt(float(x), manifest.hazard[h]) for h, x in zip(HAZARDS, hazards, strict=True)},
            facets={f: float(p) for f, p in zip(FACETS, exp / exp.sum(), strict=True)},
            stakes=_platt(float(logits[STAKES]), manifest.stakes),
            urgent=_platt(float(logits[URGENT]), manifest.urgent),
        )

    def _ngram_logits(self, request: Request) -> Logits:
        grams = ngrams(request.text)
        total: Logits = self._table[grams].astype(np.float32).sum(axis=0)
        weights = self.manifest.ngram_weight
        return total * np.float32(weights.get(request.language, weights["other"]) / np.sqrt(len(grams)))


def version_of(hashes: Mapping[str, str]) -> str:
    """The version of a model: 12 hex digits over the hashes of ``FILES``."""
    return hashlib.sha256("".join(hashes[name] for name in FILES).encode()).hexdigest()[:12]


def read_manifest(folder: Path) -> Manifest:
    """The manifest in this folder.

    Raises:
        ArtifactError: it is missing or unreadable, or names other labels than this version has.
    """
    path = folder / "manifest.json"
    try:
        body = json.loads(_bytes(path))
        if isinstance(body, dict) and body.get("format", FORMAT) != FORMAT:
            raise ArtifactError(
                f"risk model `{folder}` has format {body['format']}, this version reads {FORMAT}; run `handrail risk train`"
            )
        manifest = Manifest.model_validate(body)
    except (json.JSONDecodeError, ValidationError, UnicodeDecodeError) as error:
        raise ArtifactError(f"risk model manifest `{path}` is not valid: {str(error).splitlines()[0]}") from error
    if manifest.hazards != tuple(HAZARDS) or manifest.facets != tuple(FACETS):
        raise ArtifactError(f"risk model `{folder}` has other labels than this version; run `handrail risk train`")
    return manifest


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtifactError(f"risk model file `{path}` cannot be read: {error.strerror}") from error


def _readings(request: Request) -> list[tuple[str, str, str]]:
    """The text in its conversation, and by itself where that counts too."""
    readings = [(request.text, request.earlier, request.language)]
    if request.earlier and request.alone > 0:
        readings.append((request.text, "", request.language))
    return readings


def _mixed(readings: Sequence[Logits], request: Request) -> Logits:
    if len(readings) == 1:
        return readings[0]
    mixed: Logits = (1 - np.float32(request.alone)) * readings[0] + np.float32(request.alone) * readings[1]
    return mixed


def _pooled(outputs: Logits) -> Logits:
    if len(outputs) == 1:
        row: Logits = outputs[0]
        return row
    row = outputs.max(axis=0)
    row[FIRST_FACET:STAKES] = outputs[:, FIRST_FACET:STAKES].mean(axis=0)
    return row


def _platt(logit: float, platt: Platt) -> float:
    return float(1.0 / (1.0 + np.exp(-np.clip(platt.scale * logit + platt.shift, -30.0, 30.0))))
