"""Exemplars: requests whose judgement an owner has corrected, which correct those next to them without retraining.

An exemplar is heard within a radius of similarity (``agent.risk.similarity``) only, with a bounded weight, and the nearest of each label only: a hundred copies of a
poisoned one weigh as much as one. It never lowers a core hazard (``agent.risk.adjust.CORE``) nor what stands beside one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple, Protocol

from pydantic import Field, ValidationError

from agent.errors import LabelError
from agent.models import ExemplarHit, Frozen, RiskAssessment
from agent.risk.adjust import moved
from agent.risk.labels import read_rows
from agent.risk.similarity import TextIndex
from policies.taxonomy import Facet, Hazard
from retrieval.models import Vector
from retrieval.ports import Matrix

MOST: Final = 5_000
"""Exemplars of one tenant."""
SHOWN: Final = 5
"""Hits that are recorded."""

Label = Literal["safe", "unsafe"]


class Exemplar(Frozen):
    """A request with its right judgement."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    text: Annotated[str, Field(min_length=1, max_length=2_000)]
    unsafe: bool
    """False: it was a false alarm. True: it slipped through."""
    facet: Facet | None = None
    """What it is about, where that was wrong too."""
    hazards: tuple[Hazard, ...] = ()
    """Hazards that it has; those of a safe one are not lowered."""
    prompt_attack: bool = False
    note: str = Field("", max_length=500)

    @property
    def label(self) -> Label:
        """The side it speaks for."""
        return "unsafe" if self.unsafe else "safe"


class Reach(NamedTuple):
    """How far an exemplar carries."""

    radius: float
    """Similarity from which it is heard."""
    weight: float
    """Log-odds from half-way between the radius and 1 on; less below, none at the radius."""

    def of(self, similarity: float) -> float:
        """Log-odds at this similarity, 0..weight."""
        inside = 2 * (similarity - self.radius) / (1 - self.radius)
        return self.weight * min(max(inside, 0.0), 1.0)


class Near(NamedTuple):
    """An exemplar within the radius."""

    exemplar: Exemplar
    similarity: float


class ExemplarSource(Protocol):
    """Where the exemplars in force are."""

    def of(self, tenant: str) -> ExemplarSet | None:
        """Those of this tenant; ``None`` when it has none. Never blocks."""
        ...

    def status(self) -> str:
        """How many are in force, and what was rejected, for people."""
        ...


class ExemplarSet:
    """The exemplars of one tenant, ready to be compared. Immutable."""

    def __init__(self, exemplars: Sequence[Exemplar], vectors: Matrix) -> None:
        """``vectors`` has one row for each exemplar, of unit length."""
        self.exemplars = tuple(exemplars)
        self.version = version_of(exemplars)
        self._index = TextIndex([exemplar.text for exemplar in exemplars], vectors)

    def near(self, text: str, vector: Vector, radius: float) -> list[Near]:
        """The exemplars whose similarity to the text is at least ``radius``, nearest first."""
        found = self._index.nearest(text, vector, least=radius, most=len(self))
        return [Near(self.exemplars[index], similarity) for index, similarity in found]

    def __len__(self) -> int:
        return len(self.exemplars)


class FixedExemplars:
    """Exemplars that do not change, by tenant. See ``ExemplarSource``."""

    def __init__(self, sets: Mapping[str, ExemplarSet]) -> None:
        self._sets = dict(sets)

    def of(self, tenant: str) -> ExemplarSet | None:
        """See ``ExemplarSource``."""
        return self._sets.get(tenant)

    def status(self) -> str:
        """See ``ExemplarSource``."""
        return f"{sum(map(len, self._sets.values()))} exemplars of {len(self._sets)} tenants"


def corrected(
    risk: RiskAssessment, near: Sequence[Near], version: str, reach: Reach, held: str | None = None
) -> RiskAssessment:
    """The assessment after the exemplars within the radius have spoken, and a note of what each did.

    ``held`` says why nothing may be loosened here: then only those that slipped through are heard.
    """
    if not near:
        return risk
    loudest = {label: next((n for n in near if n.exemplar.label == label), None) for label in ("safe", "unsafe")}
    up = _loudness(loudest["unsafe"], reach)
    down = 0.0 if held else _loudness(loudest["safe"], reach)
    shift = up - down
    speaker = loudest["unsafe"] if shift > 0 else loudest["safe"]
    if shift != 0.0 and speaker is not None:
        risk = _moved_by(risk, speaker.exemplar, shift)
    hits = tuple(_hit(n, loudest[n.exemplar.label], up, down, held) for n in near[:SHOWN])
    return risk.model_copy(update={"exemplars": hits, "exemplar_version": version})


def _loudness(near: Near | None, reach: Reach) -> float:
    return 0.0 if near is None else reach.of(near.similarity)


def _moved_by(risk: RiskAssessment, speaker: Exemplar, shift: float) -> RiskAssessment:
    if shift > 0:
        hazards = dict.fromkeys(speaker.hazards, shift)
        attack = shift if speaker.prompt_attack else 0.0
    else:
        hazards = {hazard: shift for hazard in Hazard if hazard not in speaker.hazards}
        attack = 0.0 if speaker.prompt_attack else shift
    return moved(
        risk, unsafe=shift, prompt_attack=attack, hazards=hazards, facet=speaker.facet, facet_weight=abs(shift)
    )


def _hit(near: Near, loudest: Near | None, up: float, down: float, held: str | None) -> ExemplarHit:
    speaks = near is loudest
    return ExemplarHit(
        id=near.exemplar.id,
        label=near.exemplar.label,
        similarity=round(near.similarity, 4),
        shift=round((up if near.exemplar.unsafe else 0.0 - down) if speaks else 0.0, 4),
        held=held if speaks and not near.exemplar.unsafe else None,
    )


def version_of(exemplars: Sequence[Exemplar]) -> str:
    """The first 12 hex digits of the SHA-256 of the exemplars, whatever their order."""
    lines = sorted(json.dumps(e.model_dump(mode="json"), sort_keys=True, ensure_ascii=False) for e in exemplars)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def id_of(text: str) -> str:
    """The id of an exemplar that was given none: the same text has the same id, so that it cannot have two labels."""
    return f"x{hashlib.sha256(text.encode()).hexdigest()[:11]}"


def read_exemplars(path: Path) -> tuple[Exemplar, ...]:
    """Every line of the file.

    Raises:
        LabelError: the file cannot be read, a line is not an exemplar, or an id is there twice; with ``file:line``.
    """
    seen: dict[str, int] = {}
    found: list[Exemplar] = []
    for line, row in read_rows(path):
        try:
            exemplar = Exemplar.model_validate(row)
        except ValidationError as error:
            raise LabelError(f"{path}:{line}: {_first_problem(error)}") from error
        if exemplar.id in seen:
            raise LabelError(f"{path}:{line}: duplicate id `{exemplar.id}`, first seen at line {seen[exemplar.id]}")
        seen[exemplar.id] = line
        found.append(exemplar)
    return tuple(found)


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"unknown field `{field}`; an exemplar has {', '.join(Exemplar.model_fields)}"
    if first["type"] == "missing":
        return f"field `{field}` is missing"
    return f"field `{field}` has value `{str(first.get('input'))[:80]}`: {first['msg'].lower()}"


def line_of(exemplar: Exemplar) -> str:
    """The exemplar as a line of JSON, without what it leaves open."""
    return json.dumps(exemplar.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)
