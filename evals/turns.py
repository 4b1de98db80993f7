"""Recorded turns with the decisions that a careful owner would want, read as scenarios: ``handrail eval turns``.

A line: ``{"id", "input", "history"?, "role"?, "locale"?, "expect": [actions, preferred first], "never"?: [actions],
"must_contain_any"?: [regex], "must_not_match"?: [regex], "lang"?, "domain"?, "why"?}``. Earlier messages of ``history``
run first, on the same thread.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import LabelError
from agent.risk.labels import read_rows
from evals.scenario import AREAS, Scenario
from policies.taxonomy import LANGUAGES, Action

_FLAGS: Final = re.compile(r"\(\?([imsx]+)\)")


class TurnCase(BaseModel):
    """One whole turn and what is expected of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    input: str
    history: tuple[str, ...] = ()
    role: str = "public"
    locale: str | None = None
    expect: tuple[Action, ...] = Field(min_length=1)
    never: tuple[Action, ...] = ()
    must_contain_any: tuple[re.Pattern[str], ...] = ()
    must_not_match: tuple[re.Pattern[str], ...] = ()
    domain: str = ""
    facet: str = ""
    lang: str = ""
    why: str = ""


def read_cases(path: Path) -> list[TurnCase]:
    """The cases of a JSONL file.

    Raises:
        LabelError: a line is not valid; the message has file, line and field.
    """
    cases: list[TurnCase] = []
    for number, row in read_rows(path):
        try:
            cases.append(TurnCase.model_validate(row))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise LabelError(f"{path}:{number}: field `{field}`: {first['msg'].lower()}") from error
    return cases


def scenario_of(case: TurnCase) -> Scenario:
    """The same expectations as a scenario, so that recorded turns are run, reported and compared like scenarios.

    Raises:
        LabelError: the case expects what it also rules out, or has an id or text that a scenario cannot have.
    """
    wanted = "|".join(_scoped(pattern) for pattern in case.must_contain_any)
    try:
        return Scenario.model_validate(
            {
                "id": case.id,
                "domain": case.domain if case.domain in AREAS else "general",
                "turns": (*case.history, case.input),
                "role": case.role,
                "locale": case.locale,
                "language": case.lang if case.lang in LANGUAGES else None,
                "expect": case.expect,
                "never": case.never,
                "must": (wanted,) if wanted else (),
                "must_not": tuple(_scoped(pattern) for pattern in case.must_not_match),
                "tags": (case.facet,) if case.facet else (),
                "why": case.why if len(case.why) > 1 else "a recorded turn",
            }
        )
    except ValidationError as error:
        raise LabelError(f"turn `{case.id}`: {error.errors()[0]['msg'].lower()}") from error


def _scoped(pattern: re.Pattern[str]) -> str:
    """The pattern with its own flags only, wherever it is put."""
    flags = _FLAGS.match(pattern.pattern)
    return f"(?{flags[1]}:{pattern.pattern[flags.end() :]})" if flags else f"(?-i:{pattern.pattern})"
