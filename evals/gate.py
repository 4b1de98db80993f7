"""The gate: limits on the figures of a run, and no regression against a saved one; beside them, aims that do not fail it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evals.errors import GateError
from evals.metrics import MEASURES, SLICES, change, compare, measured, sliced
from evals.outcomes import Outcome, Run

BUNDLED: Final = Path(__file__).with_name("gates.toml")
_MOST_IDS: Final = 8
"""Scenarios that a line names."""


class Limit(BaseModel):
    """A bound on a measure, for everything or for every part of some slices."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: str
    by: tuple[str, ...] = ()
    at_most: float | None = Field(None, ge=0, le=1)
    at_least: float | None = Field(None, ge=0, le=1)
    sure: bool = False
    minimum: int = Field(1, ge=1)

    @model_validator(mode="after")
    def _known(self) -> Limit:
        _require_known([self.measure], self.by)
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError(f"limit of `{self.measure}`: give either `at_most` or `at_least`")
        return self


class Regression(BaseModel):
    """Measures that must not get worse."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measures: tuple[str, ...] = Field(min_length=1)
    by: tuple[str, ...] = ()
    """Slices that are looked at one by one, beside everything."""
    alpha: float = Field(0.05, gt=0, lt=1)
    tolerance: float = Field(0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _known(self) -> Regression:
        _require_known(self.measures, self.by)
        return self


class Gates(BaseModel):
    """A file of limits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: tuple[Limit, ...] = Field(min_length=1)
    aim: tuple[Limit, ...] = ()
    """What is asked and not reached yet: named, without failing the gate."""
    regression: Regression | None = None


class Fault(NamedTuple):
    """Something that broke, where, and scenarios to look at."""

    what: str
    where: str
    ids: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = ", ".join(self.ids[:_MOST_IDS]) + (
            f" and {len(self.ids) - _MOST_IDS} more" if len(self.ids) > _MOST_IDS else ""
        )
        return f"{self.what} ({self.where})" + (f": {shown}" if self.ids else "")


def read_gates(path: Path = BUNDLED) -> Gates:
    """The limits of a file.

    Raises:
        GateError: it cannot be read, or has an unknown field, measure or slice; the message says which.
    """
    try:
        return Gates.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GateError(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        said = str(first["ctx"]["error"]) if first["type"] == "value_error" else first["msg"].lower()
        raise GateError(f"{path}: field `{field}`: {said}") from error


def faults(run: Run, gates: Gates, baseline: Run | None = None) -> list[Fault]:
    """Everything that keeps the run from passing; empty when it passes. A run that is not complete never passes."""
    found: list[Fault] = []
    if run.missing:
        found.append(
            Fault(f"the run is not complete: {len(run.missing)} scenarios have no outcome", "everything", run.missing)
        )
    for limit in gates.limit:
        found += _beyond(limit, run.outcomes)
    if baseline is not None and gates.regression is not None:
        found += _worse(gates.regression, baseline.outcomes, run.outcomes)
        found += _lost(baseline, run)
    return found


def short_of(run: Run, gates: Gates) -> list[Fault]:
    """Where the run is short of an aim; a part with too few outcomes says nothing."""
    return [fault for aim in gates.aim for fault in _beyond(aim, run.outcomes, few=False)]


def _beyond(limit: Limit, outcomes: Sequence[Outcome], *, few: bool = True) -> list[Fault]:
    measure = MEASURES[limit.measure]
    found: list[Fault] = []
    for key, part in sliced(outcomes, limit.by).items() or [((), [])]:
        where = _where(limit.by, key)
        figure = measured(limit.measure, part)
        if figure.n < limit.minimum:
            if few and not limit.by:
                found.append(
                    Fault(
                        f"{measure.title}: {figure.n} outcomes are too few, at least {limit.minimum} are needed", where
                    )
                )
            continue
        low, high = (figure.low, figure.high) if limit.sure else (figure.value, figure.value)
        interval = f"{figure.value:.1%} of {figure.n}, 95% {figure.low:.1%} to {figure.high:.1%}"
        if limit.at_most is not None and low > limit.at_most:
            found.append(
                Fault(f"{measure.title}: {interval}, at most {limit.at_most:.1%}", where, _ids(limit.measure, part))
            )
        if limit.at_least is not None and high < limit.at_least:
            found.append(
                Fault(f"{measure.title}: {interval}, at least {limit.at_least:.1%}", where, _ids(limit.measure, part))
            )
    return found


def _ids(name: str, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """The scenarios that spoil a measure."""
    measure = MEASURES[name]
    return tuple(o.id for o in outcomes if measure.of(o) and measure.counts(o) is not measure.good)


def _worse(rule: Regression, before: Sequence[Outcome], after: Sequence[Outcome]) -> list[Fault]:
    found: list[Fault] = []
    for by in ((), *((name,) for name in rule.by)):
        parts = sliced(before, by)
        for key, part in sliced(after, by).items():
            earlier = parts.get(key, [])
            for name in rule.measures:
                measure = MEASURES[name]
                moved = change(name, earlier, part)
                worse = -moved.difference if measure.good else moved.difference
                if math.isnan(worse) or worse <= rule.tolerance or moved.p >= rule.alpha:
                    continue
                said = f"{measure.title} got worse: {moved.before:.1%} to {moved.after:.1%}, p {moved.p:.3f}, {moved.n} pairs"
                spoilt = set(_ids(name, part)) - set(_ids(name, earlier))
                found.append(Fault(said, _where(by, key), tuple(sorted(spoilt))))
    return found


def _lost(baseline: Run, run: Run) -> list[Fault]:
    lost = compare(baseline.outcomes, run.outcomes).only_before
    gone = tuple(name for name in lost if name not in run.manifest.planned)
    return [Fault(f"{len(gone)} scenarios of the baseline are not in this run", "everything", gone)] if gone else []


def _where(by: Sequence[str], key: Sequence[str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(by, key, strict=True)) or "everything"


def _require_known(measures: Sequence[str], by: Sequence[str]) -> None:
    for what, names, known in (("measure", measures, MEASURES), ("slice", by, SLICES)):
        for name in names:
            if name not in known:
                raise ValueError(f"unknown {what} `{name}`; known are {', '.join(known)}")
