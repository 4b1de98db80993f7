"""Turns on record, for replaying them: from the records of the service, or from a file of exported records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from agent.audit import Record
from agent.office import open_records
from agent.settings import Settings
from api.commands.errors import InputFileError
from policies.models import Facts
from policies.simulate import RecordedTurn
from policies.taxonomy import Action

MAX_EXAMPLES: Final = 10
"""Turns that a report of a shadow shows."""


class _Body(BaseModel):
    """What a replay needs of the body of a decision record; the rest is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    facts: Facts
    action: Action
    decided_by: tuple[str, ...] = ()
    obligations: frozenset[str] = frozenset()


class _Line(BaseModel):
    """A record as one line of JSON."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str
    turn_id: str
    at: AwareDatetime
    body: dict[str, Any] | _Body


class _Decision(_Line):
    body: _Body


class _Shadow(BaseModel):
    """What a decision record says about the shadow."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    policy_version: str
    action: Action | None = None
    decided_by: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    error: str | None = None


class ShadowReport(NamedTuple):
    """What a shadow would have done differently on live turns."""

    version: str | None
    turns: int
    differing: int
    errors: int
    actions: dict[str, int]
    """``answer -> guide`` -> turns; turns that differ in rationale or obligations alone are counted as such."""
    by: dict[str, dict[str, int]]
    """``domain``, ``role``, ``locale`` -> value -> differing turns."""
    examples: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return self._asdict()


async def shadow_report(settings: Settings, version: str | None = None) -> ShadowReport:
    """The differences on record of this shadow; of the one that ran last for ``None``."""
    async with open_records(settings) as records:
        return shadow_report_of(await records.read(), version)


def shadow_report_of(records: Iterable[Record], version: str | None = None) -> ShadowReport:
    """The same for records in order."""
    seen = [(record, _Shadow.model_validate(record.body["shadow"])) for record in records if "shadow" in record.body]
    if version is None and seen:
        version = seen[-1][1].policy_version
    seen = [(record, shadow) for record, shadow in seen if shadow.policy_version == version]
    actions: Counter[str] = Counter()
    by: dict[str, Counter[str]] = {"domain": Counter(), "role": Counter(), "locale": Counter()}
    examples: list[str] = []
    for record, shadow in seen:
        if not shadow.differs:
            continue
        body = _Body.model_validate(record.body)
        acts = "action" in shadow.differs
        change = f"{body.action} -> {shadow.action}" if acts else f"{body.action}, other {' and '.join(shadow.differs)}"
        actions[change] += 1
        facts = body.facts
        for name, value in zip(by, (facts.risk.domain, facts.context.role, facts.context.locale), strict=True):
            by[name][str(value)] += 1
        if len(examples) < MAX_EXAMPLES:
            rules = f"{', '.join(body.decided_by)} -> {', '.join(shadow.decided_by)}"
            examples.append(f"{record.turn_id}  {facts.risk.facet}, {facts.context.role}: {change}  {rules}")
    return ShadowReport(
        version=version,
        turns=len(seen),
        differing=sum(actions.values()),
        errors=sum(shadow.error is not None for _, shadow in seen),
        actions=dict(actions.most_common()),
        by={name: dict(counter.most_common()) for name, counter in by.items()},
        examples=tuple(examples),
    )


async def turns_of_records(
    settings: Settings, *, turn_id: str | None = None, limit: int | None = None
) -> list[RecordedTurn]:
    """The decided turns on record in the data directory, oldest first; ``limit`` keeps the newest of them."""
    async with open_records(settings) as records:
        return turns_in(await records.read(turn_id=turn_id), limit)


def turns_in(records: Iterable[Record], limit: int | None = None) -> list[RecordedTurn]:
    """The decided turns among these records; records of another form (older versions) are left out."""
    found: list[RecordedTurn] = []
    for record in records:
        if record.kind == "decision":
            try:
                found.append(_turn(record.turn_id, record.at, _Body.model_validate(record.body)))
            except ValidationError:
                continue
    return found[-limit:] if limit else found


def read_turns(path: Path) -> Iterator[RecordedTurn]:
    """The decided turns in a file of records, one JSON object a line.

    Raises:
        InputFileError: a line is no record; the message has ``file:line`` and the field.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = _Decision.model_validate_json(line)
            except ValidationError as error:
                if _is_other_kind(line):
                    continue
                first = error.errors(include_url=False)[0]
                field = ".".join(str(part) for part in first["loc"]) or "line"
                raise InputFileError(path, number, f"`{field}` of a decision record: {first['msg'].lower()}") from error
            if record.kind == "decision":
                yield _turn(record.turn_id, record.at, record.body)


def _is_other_kind(line: bytes) -> bool:
    try:
        return _Line.model_validate_json(line).kind != "decision"
    except ValidationError:
        return False


def _turn(turn_id: str, at: datetime, body: _Body) -> RecordedTurn:
    return RecordedTurn(turn_id, at, body.facts, body.action, body.decided_by, body.obligations)
