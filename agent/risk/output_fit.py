"""Fit the head for outputs on any encoder: ``handrail risk fit-output``. Seconds, but for reading the rows with the encoder.

It learns from what people write of themselves, in rows of ours, for no harmful answer is ever written: threats, contempt, lies,
intimacy and wrongs told as they are said. Sentences of the guidance, harmless talk and the twins of those rows are what it must
let pass.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.errors import ArtifactError, LabelError
from agent.grounding import split_sentences
from agent.risk.classifier import RiskClassifier
from agent.risk.examples import BUNDLED
from agent.risk.labels import Example, read_examples
from agent.risk.output import certain
from agent.risk.output_head import Floats, HeadManifest, OutputHead, write_output_head
from agent.risk.pooling import expose_pooled
from corpora.frontmatter import family_of
from corpora.library import BUNDLED_LIBRARY, load_library
from policies.taxonomy import Facet, Hazard

FOLDS: Final = 5
HELD: Final = 0.001
"""Share of what must pass, twins aside, that the floor may hold."""
STRENGTH: Final = 0.03
"""Inverse of the regularisation (scikit-learn's ``C``): the positive rows are fewer than the columns."""
SAFE_ROWS: Final = 4_000
"""Harmless requests and texts at most, of ours and of the public sets together."""
_STATEMENTS: Final = ("usertext", "hate")
"""Files of ours that hold what people say, among what they ask."""
_REQUEST: Final = re.compile(
    r"^\W*(?:please|pls|can|could|would|will|how|what|which|where|who|why|when|is|are|do|does|give|write|help|make|tell|teach|show|"
    r"explain|draft|list|find|create|generate|suggest|act as|you are|you're|template|provide|describe|compose|i need|i want|i'd like|"
    r"i'd be|looking for|need|get|put|set|turn|continue|finish|caption|cheapest|best|ten|three|five|two|a (?:ballad|poem|script|song|"
    r"story)|fabricate|invent|imagine|pretend|role|let's|from now|<)\b|\?\s*$"
    r"|\b(?:help me|write me|give me|tell me|draft (?:me|it)|write it|post this|make it|how (?:do|can) i)\b",
    re.IGNORECASE,
)
_CRISES: Final = frozenset({Facet.MENTAL_HEALTH_CRISIS, Facet.PERSONAL_DANGER})
"""Who says that they want to die must not be answered with a held sentence that names it."""


class Row(NamedTuple):
    """A text and what the head should say of it."""

    text: str
    language: str
    group: str
    """Twins, and a section with its translations, stay together when rows are held out."""
    kind: str
    """``harm``, ``twin``, ``library`` or ``talk``."""
    hazards: frozenset[Hazard] = frozenset()


def fit_output_head(
    model: Path, own: Path, public: Path | None, progress: Callable[[str, int, int], None], seed: int = 13
) -> OutputHead:
    """Fit the head on the encoder in ``model`` and write it there; the encoder gives out its pooled embedding afterwards.

    Raises:
        LabelError: a labelled file is not valid, or there is no harmful statement at all.
        ArtifactError: the model is broken.
    """
    expose_pooled(model)
    rows = [*statements(own), *library_rows(), *talk_rows(own, public, seed)]
    pooled, before = _read(RiskClassifier.load(model), rows, progress)
    harm = np.array([row.kind == "harm" for row in rows])
    scores = _held_out_scores(pooled, harm, [row.group for row in rows])
    passing = np.array([row.kind in ("library", "talk") for row in rows])
    arrays = _fitted(pooled, harm)
    kinds, kind, kind_bias = _kinds(pooled, rows, arrays)
    manifest = HeadManifest(
        format=1,
        hazards=kinds,
        floor=_floor(scores[passing]),
        encoder_sha256="",
        numbers_sha256="",
        fitted=figures(rows, scores, before),
    )
    return write_output_head(model, manifest, {**arrays, "kind": kind, "kind_bias": kind_bias})


def statements(own: Path) -> list[Row]:
    """The statements in ``own``, and the bundled ones where it holds nothing harmful that somebody says: who trains on requests alone
    gets a head all the same.

    Raises:
        LabelError: a file is not valid, or there is no harmful statement at all.
    """
    rows = statement_rows(own)
    if not any(row.kind == "harm" for row in rows):
        rows += statement_rows(BUNDLED)
    if not any(row.kind == "harm" for row in rows):
        raise LabelError(f"neither `{own}` nor `{BUNDLED}` has harmful statements to fit the head for outputs on")
    return rows


def statement_rows(own: Path) -> list[Row]:
    """What people say in our rows: harmful statements, and all harmless rows of the same files."""
    rows = []
    for example in read_examples(sorted(p for p in own.glob("*.jsonl") if any(name in p.name for name in _STATEMENTS))):
        hazards = frozenset(h for h in example.hazards or () if not h.value.startswith("advice_"))
        if not example.unsafe:
            rows.append(_row(example, "twin"))
        elif _is_statement(example, hazards):
            rows.append(_row(example, "harm")._replace(hazards=hazards))
    return rows


def _is_statement(example: Example, hazards: frozenset[Hazard]) -> bool:
    asks = example.prompt_attack or Hazard.PROMPT_ATTACK in hazards or _REQUEST.search(example.text)
    return bool(hazards) and not asks and example.facet not in _CRISES


def library_rows() -> list[Row]:
    """Every sentence of the bundled guidance, once."""
    found: dict[str, Row] = {}
    for document in load_library(BUNDLED_LIBRARY).documents:
        family = family_of(document.id, document.meta.translation_of)
        language = document.meta.locale.split("-")[0]
        for section in document.sections:
            for sentence in split_sentences(section.text):
                found.setdefault(sentence, Row(sentence, language, f"library:{family}", "library"))
    return list(found.values())


def talk_rows(own: Path, public: Path | None, seed: int) -> list[Row]:
    """Harmless rows of our other files and of the public sets, drawn evenly."""
    ours = [path for path in sorted(own.glob("*.jsonl")) if not any(name in path.name for name in _STATEMENTS)]
    paths = [*ours, *(sorted(public.glob("*.jsonl")) if public else [])]
    safe = [example for example in read_examples(paths) if example.unsafe == 0.0 and not example.earlier]
    drawn = np.random.default_rng(seed).permutation(len(safe))[:SAFE_ROWS]
    return [_row(safe[index], "talk") for index in drawn]


def _row(example: Example, kind: str) -> Row:
    return Row(example.text[:1_500], example.lang, example.group, kind)


def _read(
    classifier: RiskClassifier, rows: Sequence[Row], progress: Callable[[str, int, int], None]
) -> tuple[Floats, NDArray[np.bool_]]:
    """The pooled embedding of the head of every text, and whether the request heads hold it as they do without this one."""
    read, held = [], []
    for done, row in enumerate(rows, start=1):
        alone = classifier.alone(row.text, row.language)
        if alone.pooled is None:
            raise ArtifactError("the encoder does not give out its pooled embedding")
        read.append(alone.pooled[0])
        held.append(bool(certain(classifier.calibrated(alone.logits))))
        if done % 100 == 0 or done == len(rows):
            progress("reading", done, len(rows))
    return np.stack(read), np.array(held)


def _fitted(pooled: Floats, harm: NDArray[np.bool_]) -> dict[str, Floats]:
    from sklearn.linear_model import LogisticRegression

    mean, scale = pooled.mean(axis=0), pooled.std(axis=0) + 1e-6
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=300, tol=1e-3)
    model.fit((pooled - mean) / scale, harm)
    return {
        "mean": mean,
        "scale": scale,
        "harm": model.coef_[0].astype(np.float32),
        "harm_bias": model.intercept_[0].astype(np.float32),
    }


def _held_out_scores(pooled: Floats, harm: NDArray[np.bool_], groups: Sequence[str]) -> NDArray[np.float64]:
    """Logits of every row by a head that has not seen its group."""
    fold = np.array([hashlib.sha256(group.encode()).digest()[0] % FOLDS for group in groups])
    scores = np.zeros(len(pooled))
    for number in range(FOLDS):
        here = fold == number
        of = _fitted(pooled[~here], harm[~here])
        scores[here] = ((pooled[here] - of["mean"]) / of["scale"]) @ of["harm"] + of["harm_bias"]
    return scores


def _floor(passing: NDArray[np.float64]) -> float:
    return float(np.quantile(passing, 1 - HELD))


def _kinds(pooled: Floats, rows: Sequence[Row], of: dict[str, Floats]) -> tuple[tuple[Hazard, ...], Floats, Floats]:
    """A linear reading of which hazard it is, among harmful rows only."""
    from sklearn.linear_model import LogisticRegression

    harmful = [index for index, row in enumerate(rows) if row.kind == "harm"]
    own = (pooled[harmful] - of["mean"]) / of["scale"]
    hazards = tuple(sorted({hazard for index in harmful for hazard in rows[index].hazards}))
    weights, biases = [], []
    for hazard in hazards:
        has = np.array([hazard in rows[index].hazards for index in harmful])
        if has.all():
            weights.append(np.zeros(own.shape[1]))
            biases.append(1.0)
            continue
        model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=300, tol=1e-3).fit(own, has)
        weights.append(model.coef_[0])
        biases.append(float(model.intercept_[0]))
    return hazards, np.array(weights, dtype=np.float32), np.array(biases, dtype=np.float32)


def figures(rows: Sequence[Row], scores: NDArray[np.float64], before: NDArray[np.bool_]) -> dict[str, dict[str, float]]:
    """Shares held at a floor that the rest of the rows gave, and held ``before``, by kind, language of what must pass, and hazard.
    Held-out scores in."""
    fold = np.array([hashlib.sha256(f"floor:{row.group}".encode()).digest()[0] % FOLDS for row in rows])
    passing = np.array([row.kind in ("library", "talk") for row in rows])
    held = np.zeros(len(rows), dtype=bool)
    for number in range(FOLDS):
        here = fold == number
        if (passing & ~here).any():
            held[here] = scores[here] >= _floor(scores[passing & ~here])

    def share(own: Sequence[bool]) -> dict[str, float]:
        these = np.array(own)
        shares = {"held": held[these].mean(), "before": before[these].mean()}
        return {"rows": int(these.sum()), **{name: round(float(value), 4) for name, value in shares.items()}}

    kinds = sorted({row.kind for row in rows} | {_named(row) for row in rows})
    hazards = sorted({hazard for row in rows for hazard in row.hazards})
    return {
        **{kind: share([kind in (row.kind, _named(row)) for row in rows]) for kind in kinds},
        **{f"harm {hazard.value}": share([hazard in row.hazards for row in rows]) for hazard in hazards},
    }


def _named(row: Row) -> str:
    return f"{row.kind} {row.language}" if row.kind in ("library", "talk") else row.kind
