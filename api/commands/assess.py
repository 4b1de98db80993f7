"""Judging a file of requests: rows in, one line out for each, in the same order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from agent.context import resolve
from agent.models import Perception, RequestContext, RiskAssessment
from agent.nodes.assess_risk import facts_of
from agent.ports import EarlierTurn
from agent.risk.judge import ModelJudge
from api.commands.errors import InputFileError
from policies.engine import decide
from policies.models import Decision, Facts
from policies.policy_set import PolicySet

WINDOW: Final = 512
"""Rows that are sorted by length together: texts of like length share a batch, so that little of it is padding."""
BATCH: Final = 16

See = Callable[[str], Perception]


class Row(NamedTuple):
    """One request to judge."""

    id: str | int
    text: str
    lang: str | None
    earlier: tuple[EarlierTurn, ...]
    role: str | None


def read_rows(path: Path) -> list[Row]:
    """Every line of the file. ``id`` is the line number where a line has none.

    Raises:
        InputFileError: a line is not valid; the message has ``file:line`` and the field.
    """
    rows: list[Row] = []
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if line.strip():
            rows.append(_row(path, number, line))
    return rows


def _row(path: Path, number: int, line: bytes) -> Row:
    try:
        value = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        raise InputFileError(path, number, f"not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        raise InputFileError(path, number, f"not JSON at column {error.colno}: {error.msg.lower()}") from error
    except (ValueError, RecursionError) as error:
        raise InputFileError(path, number, "not usable JSON: nested too deeply, or a number is too long") from error
    if not isinstance(value, dict):
        raise InputFileError(path, number, f"expected an object, found `{type(value).__name__}`")
    history = value.get("history", value.get("earlier")) or []
    if not isinstance(value.get("text"), str):
        raise InputFileError(path, number, "`text`: expected text")
    if not isinstance(value.get("id", number), str | int):
        raise InputFileError(path, number, "`id`: expected text or a whole number")
    if not (isinstance(history, list) and all(isinstance(item, str) for item in history)):
        raise InputFileError(path, number, "`history`: expected a list of texts, oldest first")
    for name in ("lang", "role"):
        if not isinstance(value.get(name), str | None):
            raise InputFileError(path, number, f"`{name}`: expected text")
    earlier = tuple(EarlierTurn(item, None, None) for item in history)
    return Row(value.get("id", number), value["text"], value.get("lang"), earlier, value.get("role"))


class Assessed(NamedTuple):
    """A row with its judgement and the decision of the policies on it."""

    row: Row
    risk: RiskAssessment
    facts: Facts
    decision: Decision


class Assessor:
    """Judges rows with the parts that a turn uses: perception, judge, facts, policies."""

    def __init__(self, see: See, judge: ModelJudge, policies: PolicySet, executor: Executor) -> None:
        self._see = see
        self._judge = judge
        self._policies = policies
        self._executor = executor

    def assess(self, rows: Sequence[Row]) -> Iterator[Assessed]:
        """Every row, in order."""
        for start in range(0, len(rows), WINDOW):
            window = rows[start : start + WINDOW]
            order = sorted(range(len(window)), key=lambda index: len(window[index].text))
            batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
            judged = self._executor.map(self._judged, [[window[i] for i in batch] for batch in batches])
            found = {
                index: one
                for batch, many in zip(batches, judged, strict=True)
                for index, one in zip(batch, many, strict=True)
            }
            yield from (found[index] for index in range(len(window)))

    def _judged(self, rows: Sequence[Row]) -> list[Assessed]:
        perceptions = [self._see(row.text) for row in rows]
        risks = self._judge.judge(perceptions, [row.earlier for row in rows])
        return [
            self._decided(row, perception, risk) for row, perception, risk in zip(rows, perceptions, risks, strict=True)
        ]

    def _decided(self, row: Row, perception: Perception, risk: RiskAssessment) -> Assessed:
        context = resolve(RequestContext(role=row.role), perception.language, self._policies).facts
        facts = facts_of(risk, perception, context, row.earlier)
        return Assessed(row, risk, facts, decide(facts, self._policies, now=datetime.now(UTC)))


def line_of(assessed: Assessed, *, with_decision: bool) -> str:
    """The output line: the judgement, and with ``with_decision`` what the decision rests on."""
    risk, decision = assessed.risk, assessed.decision
    body: dict[str, Any] = {
        "id": assessed.row.id,
        "unsafe": round(risk.unsafe, 6),
        "action": decision.action.value,
        "domain": risk.domain.value,
        "facet": risk.facet.value,
        "prompt_attack": round(risk.prompt_attack, 6),
        "uncertainty": round(risk.uncertainty, 6),
        "stakes": round(risk.stakes, 6),
        "urgent": round(risk.urgent, 6),
        "language": risk.language,
        "hazards": [{"id": hazard.id.value, "score": round(hazard.score, 6)} for hazard in risk.hazards],
        "signals": list(risk.signals),
        "decoded_from": list(risk.decoded_from),
    }
    if with_decision:
        body["decision"] = {
            "rule_ids": list(decision.rule_ids),
            "decided_by": list(decision.decided_by),
            "rationale": decision.rationale_code,
            "obligations": [str(obligation) for obligation in decision.obligations],
            "default": decision.default,
            "policy_version": decision.policy_version,
        }
    return json.dumps(body, ensure_ascii=False)
