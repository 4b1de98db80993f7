"""Cases: what a person has to look at, who looks at it, and what came of it. Pure: no clock, no database.

A case is open, claimed until a time, or resolved. A claim that has run out counts as open.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any, Final, Literal

from pydantic import AwareDatetime

from agent.errors import CaseConflict
from agent.models import Frozen
from policies.models import Decision, Facts
from policies.taxonomy import Facet

Resolution = Literal["answered", "draft_approved", "upheld", "policy_gap", "guidance_gap"]
"""``answered``: the reviewer wrote the answer. ``draft_approved``: the model's draft is the answer. ``upheld``: the decision stands. The gaps: the decision came from a rule that
should not have applied, or from guidance that is missing."""

OVERTURNING: Final = ("answered", "draft_approved", "policy_gap")
"""Resolutions that say the rule was wrong for this request."""


class Priority(StrEnum):
    """How soon a case must be looked at."""

    URGENT = "urgent"
    """Somebody may be in danger now."""
    HIGH = "high"
    """A judgement that the person waits for."""
    NORMAL = "normal"
    """Everything else."""


DUE: Final = {
    Priority.URGENT: timedelta(minutes=15),
    Priority.HIGH: timedelta(hours=4),
    Priority.NORMAL: timedelta(hours=24),
}
"""Time from opening to the promised resolution."""


class Note(Frozen):
    """A remark of a reviewer, sealed like what the person wrote."""

    by: str
    at: AwareDatetime
    text: dict[str, Any]


class Case(Frozen):
    """One case. ``version`` counts its changes, so that of two reviewers who change it at once one is told."""

    id: str
    tenant: str
    thread_id: str
    turn_id: str
    subject: str | None
    queue: str
    facet: str
    priority: Priority
    language: str
    rule_ids: tuple[str, ...]
    rationale: str
    limits: tuple[str, ...]
    """Output checks that an answer must pass besides those that always run."""
    context: dict[str, Any] | None
    """What the person wrote, redacted and sealed; ``None`` where nothing may be kept."""
    opened_at: AwareDatetime
    due_at: AwareDatetime
    claimed_by: str | None = None
    claimed_at: AwareDatetime | None = None
    claimed_until: AwareDatetime | None = None
    notes: tuple[Note, ...] = ()
    draft: dict[str, Any] | None = None
    """Sealed: what a model would answer, for the reviewer to approve."""
    resolution: Resolution | None = None
    reason: dict[str, Any] | None = None
    """Sealed: why, or the answer."""
    resolved_by: str | None = None
    resolved_at: AwareDatetime | None = None
    told: bool = True
    """False while the verdict has not reached the thread yet."""
    version: int = 1

    def holder(self, now: datetime) -> str | None:
        """Who has claimed it, while the claim holds."""
        holds = self.claimed_until is not None and self.claimed_until > now
        return self.claimed_by if holds else None

    def state(self, now: datetime) -> Literal["open", "claimed", "resolved"]:
        """Where it stands."""
        if self.resolution is not None:
            return "resolved"
        return "claimed" if self.holder(now) else "open"


class ThreadEvent(Frozen):
    """Something that happened in a thread outside its turns. ``seq`` grows over all threads."""

    seq: int = 0
    tenant: str
    thread_id: str
    name: Literal["case.resolved"]
    case_id: str
    resolution: Resolution
    text: dict[str, Any]
    """Sealed: what the person is told."""
    at: AwareDatetime


class CaseFilter(Frozen):
    """Which cases are asked for; ``None`` for any."""

    tenant: str | None = None
    thread_id: str | None = None
    queue: str | None = None
    unresolved: bool | None = None
    untold: bool = False
    """Only those whose verdict has not reached the thread."""
    limit: int = 1_000


def priority_of(decision: Decision, facts: Facts) -> Priority:
    """How soon somebody must look: first where lives may be at stake, then where the person cannot go on without."""
    if decision.has("lead_with_crisis_resources") or decision.has("lead_with_helplines"):
        return Priority.URGENT
    if facts.risk.facet in (Facet.EMERGENCY, Facet.MENTAL_HEALTH_CRISIS):
        return Priority.URGENT
    return Priority.HIGH if facts.risk.unsafe >= 0.5 else Priority.NORMAL


def claimed(case: Case, by: str, now: datetime, lifetime: timedelta) -> Case:
    """The case in the hands of this reviewer; claiming again prolongs the claim.

    Raises:
        CaseConflict: it is resolved, or somebody else has it.
    """
    _open_for(case, by, now)
    first = case.claimed_at if case.claimed_at is not None else now
    return _changed(case, claimed_by=by, claimed_at=first, claimed_until=now + lifetime)


def reassigned(case: Case, by: str, to: str, now: datetime, lifetime: timedelta) -> Case:
    """The case in the hands of another reviewer. Raises as ``claimed``."""
    _open_for(case, by, now)
    return _changed(case, claimed_by=to, claimed_at=case.claimed_at or now, claimed_until=now + lifetime)


def noted(case: Case, note: Note) -> Case:
    """The case with one more remark; resolved cases take remarks too."""
    return _changed(case, notes=(*case.notes, note))


def drafted(case: Case, by: str, draft: dict[str, Any], now: datetime) -> Case:
    """The case with a draft, for the reviewer who has it. Raises ``CaseConflict``."""
    _held_by(case, by, now)
    return _changed(case, draft=draft)


def resolved(case: Case, by: str, resolution: Resolution, reason: dict[str, Any], now: datetime) -> Case:
    """The case with its verdict.

    Raises:
        CaseConflict: it is resolved already, somebody else has it, or nobody has claimed it.
    """
    _held_by(case, by, now)
    return _changed(case, resolution=resolution, reason=reason, resolved_by=by, resolved_at=now, told=False)


def _open_for(case: Case, by: str, now: datetime) -> None:
    if case.resolution is not None:
        raise CaseConflict(f"case `{case.id}` was resolved already, as `{case.resolution}` by `{case.resolved_by}`")
    holder = case.holder(now)
    if holder not in (None, by):
        until = f"{case.claimed_until:%H:%M} UTC" if case.claimed_until else "later"
        raise CaseConflict(f"case `{case.id}` is claimed by `{holder}` until {until}")


def _held_by(case: Case, by: str, now: datetime) -> None:
    _open_for(case, by, now)
    if case.holder(now) != by:
        raise CaseConflict(
            f"case `{case.id}` is not claimed by `{by}`; claim it first, so that nobody works on it twice"
        )


def _changed(case: Case, **changes: object) -> Case:
    return case.model_copy(update={**changes, "version": case.version + 1})


class Waiting(Frozen):
    """The unresolved cases of a queue."""

    queue: str
    open: int
    """All that are not resolved, claimed or not."""
    late: int
    """Those of them whose due time has passed."""


class RuleVerdicts(Frozen):
    """How often reviewers disagreed with a rule. A rule that is often overturned is a bad rule."""

    rule: str
    resolved: int
    overturned: int
    rate: float


class CaseMetrics(Frozen):
    """What the cases add up to; times in seconds, ``None`` where there is none yet."""

    open: int
    claimed: int
    resolved: int
    late: int
    """Not resolved by their due time, whether resolved since or not."""
    median_to_claim_s: float | None
    median_to_resolve_s: float | None
    resolutions: dict[str, int]
    rules: tuple[RuleVerdicts, ...]
    """Most overturned first."""


def metrics(cases: Sequence[Case], now: datetime) -> CaseMetrics:
    """The sums over these cases."""
    states = [case.state(now) for case in cases]
    done = [case for case in cases if case.resolved_at is not None]
    to_claim = [(case.claimed_at - case.opened_at).total_seconds() for case in cases if case.claimed_at]
    to_resolve = [(case.resolved_at - case.opened_at).total_seconds() for case in done if case.resolved_at]
    names = sorted({rule for case in done for rule in case.rule_ids})
    rules = [_verdicts(rule, [case for case in done if rule in case.rule_ids]) for rule in names]
    resolutions = sorted({str(case.resolution) for case in done})
    return CaseMetrics(
        open=states.count("open"),
        claimed=states.count("claimed"),
        resolved=states.count("resolved"),
        late=sum((case.resolved_at or now) > case.due_at for case in cases),
        median_to_claim_s=median(to_claim) if to_claim else None,
        median_to_resolve_s=median(to_resolve) if to_resolve else None,
        resolutions={name: sum(case.resolution == name for case in done) for name in resolutions},
        rules=tuple(sorted(rules, key=lambda found: (-found.rate, -found.resolved, found.rule))),
    )


def _verdicts(rule: str, cases: Sequence[Case]) -> RuleVerdicts:
    overturned = sum(case.resolution in OVERTURNING for case in cases)
    return RuleVerdicts(rule=rule, resolved=len(cases), overturned=overturned, rate=round(overturned / len(cases), 4))
