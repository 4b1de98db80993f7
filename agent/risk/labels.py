"""Labelled requests: the JSON Lines format that training and evaluation read.

Two kinds of lines are accepted, one per file or mixed:

- ours: ``{"id", "text", "unsafe", "facet", "hazards", "prompt_attack", "lang", "earlier"?, "pair"?, "role"?, "action"?}``;
- public sets: ``{"id", "text", "label": "safe"|"unsafe", "lang"?, "source"?, "category"?, "label_quality"?, ...}``, whose
  other labels follow from ``agent.risk.sources``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import LabelError
from agent.risk.sources import labels_of_source
from policies.taxonomy import BENIGN_FACETS, Action, Facet, Hazard

CORRECTIONS: Final = Path(__file__).with_name("corrections")
"""Our own reading of public rows whose labels cannot be trusted."""


_OWN_CASE: Final = frozenset(
    {Facet.PERSONAL_DANGER, Facet.DIAGNOSIS, Facet.DOSING, Facet.TREATMENT_CHANGE, Facet.EMERGENCY}
)


class LabelledPrompt(BaseModel):
    """One of our own lines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    text: str = Field(min_length=1)
    unsafe: bool
    facet: Facet
    hazards: tuple[Hazard, ...] = ()
    prompt_attack: bool = False
    lang: str = "en"
    earlier: tuple[str, ...] = ()
    pair: str | None = None
    role: str | None = None
    action: Action | None = None


class Example(NamedTuple):
    """A labelled request as the trainer sees it; ``None`` means that the label is not known."""

    id: str
    text: str
    earlier: tuple[str, ...]
    lang: str
    source: str
    group: str
    """Rows of one group (a contrast pair, translations) are never split between training and validation."""
    unsafe: float | None
    facet: Facet | None
    hazards: frozenset[Hazard] | None
    prompt_attack: float | None
    weight: float
    action: Action | None = None
    role: str | None = None
    stakes: bool | None = None
    """Whether a poor answer would cost the person much, of a request that is answered; ``None`` where that is not known."""
    urgent: bool | None = None
    """Whether a person should come in now; ``None`` where that is not known."""


def read_examples(paths: Sequence[Path]) -> list[Example]:
    """Every labelled line of the files.

    Raises:
        LabelError: a file cannot be read, or a line is not valid; the message has ``file:line`` and the field.
    """
    examples: list[Example] = []
    seen: dict[str, str] = {}
    for path in paths:
        for line, row in read_rows(path):
            where = f"{path}:{line}"
            example = _example(row, path, where)
            if example.id in seen:
                raise LabelError(f"{where}: duplicate id `{example.id}`, first seen at {seen[example.id]}")
            seen[example.id] = where
            examples.append(example)
    return examples


class Correction(BaseModel):
    """Our own judgement of a public row whose label in its set cannot be trusted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    unsafe: bool


def read_corrections(folder: Path) -> dict[str, bool]:
    """Whether a row is unsafe by our own reading, by id, from every ``*.jsonl`` of the folder.

    Raises:
        LabelError: a line is not valid, or corrects a row that another line corrects.
    """
    corrections: dict[str, bool] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for line, row in read_rows(path):
            try:
                correction = Correction.model_validate(row)
            except ValidationError as error:
                raise LabelError(f"{path}:{line}: {_first_problem(error)}") from error
            if correction.id in corrections:
                raise LabelError(f"{path}:{line}: duplicate id `{correction.id}`; keep one correction of a row")
            corrections[correction.id] = correction.unsafe
    return corrections


def corrected(examples: Sequence[Example], corrections: Mapping[str, bool]) -> list[Example]:
    """The examples; a corrected one has our label, full weight, and no other label of its set."""
    return [
        example._replace(
            unsafe=float(corrections[example.id]),
            facet=None,
            hazards=None,
            prompt_attack=0.0,
            weight=1.0,
            stakes=None,
            urgent=None,
        )
        if example.id in corrections
        else example
        for example in examples
    ]


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and object of every non-empty line.

    Raises:
        LabelError: the file cannot be read, is not UTF-8, or a line is not a JSON object.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise LabelError(f"{path}: cannot be read: {error.strerror}") from error
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise LabelError(
                f"{path}:{number}: not UTF-8 at byte {error.start} of the line; save the file as UTF-8"
            ) from error
        except json.JSONDecodeError as error:
            raise LabelError(f"{path}:{number}: not JSON at column {error.colno}: {error.msg.lower()}") from error
        if not isinstance(row, dict):
            raise LabelError(f"{path}:{number}: expected a JSON object, found `{type(row).__name__}`")
        yield number, row


def _example(row: dict[str, Any], path: Path, where: str) -> Example:
    return _public(row, path, where) if "label" in row else _own(row, path, where)


def _own(row: dict[str, Any], path: Path, where: str) -> Example:
    try:
        prompt = LabelledPrompt.model_validate(row)
    except ValidationError as error:
        raise LabelError(f"{where}: {_first_problem(error)}") from error
    return Example(
        id=prompt.id,
        text=prompt.text,
        earlier=prompt.earlier,
        lang=prompt.lang,
        source=path.stem,
        group=prompt.pair or prompt.id,
        unsafe=float(prompt.unsafe),
        facet=prompt.facet,
        hazards=frozenset(prompt.hazards),
        prompt_attack=float(prompt.prompt_attack),
        weight=1.0,
        action=prompt.action,
        role=prompt.role,
        stakes=_stakes(prompt),
        urgent=_urgent(prompt),
    )


def _stakes(prompt: LabelledPrompt) -> bool | None:
    """What the action says of it. Of risky facets, and of attacks on the prompt, an answer with care says something else."""
    if prompt.prompt_attack:
        return None
    if prompt.action is Action.ANSWER and prompt.facet in BENIGN_FACETS:
        return False
    own_case = prompt.facet in BENIGN_FACETS or prompt.facet in _OWN_CASE
    return True if prompt.action is Action.ANSWER_WITH_CARE and own_case else None


def _urgent(prompt: LabelledPrompt) -> bool | None:
    """What the action says of it. A medical emergency needs an ambulance, not somebody who reads along."""
    return None if prompt.action is None or prompt.facet is Facet.EMERGENCY else prompt.action is Action.ESCALATE


def _public(row: dict[str, Any], path: Path, where: str) -> Example:
    for field in ("id", "text", "label"):
        if not isinstance(row.get(field), str) or not row[field]:
            raise LabelError(f"{where}: field `{field}` is missing or not a string")
    if row["label"] not in ("safe", "unsafe"):
        raise LabelError(f"{where}: field `label` is `{row['label']}`; expected `safe` or `unsafe`")
    source = str(row.get("source") or path.stem)
    derived = labels_of_source(source, row)
    harmless = derived.unsafe == 0.0 and derived.facet in BENIGN_FACETS
    return Example(
        id=row["id"],
        text=row["text"],
        earlier=(),
        lang=str(row.get("lang") or "en"),
        source=source,
        group=str(row.get("parallel_id") or row.get("pair") or row["id"]),
        unsafe=derived.unsafe,
        facet=derived.facet,
        hazards=derived.hazards,
        prompt_attack=derived.prompt_attack,
        weight=derived.weight,
        stakes=False if harmless else None,
        urgent=False if harmless else None,
    )


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"unknown field `{field}`"
    if first["type"] == "missing":
        return f"field `{field}` is missing"
    return f"field `{field}` has value `{first.get('input')}`: {first['msg'].lower()}"
