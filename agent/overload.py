"""What happens to escalations when reviewers cannot keep up: the person is told so at once, with the way to appeal, rather than left
waiting. Where somebody may be in danger a case is filed all the same."""

from __future__ import annotations

from datetime import datetime

from agent.cases import Priority, priority_of
from agent.models import Frozen
from agent.ports import CaseLoad
from policies.models import Decision, Facts
from policies.taxonomy import Action


class ReviewLimits(Frozen):
    """How many unresolved cases of a tenant are too many; ``None`` for no limit."""

    max_open: int | None = None
    max_late: int | None = None


class Overload(Frozen):
    """The unresolved cases that were too many."""

    open: int
    late: int


async def overload(
    decision: Decision, facts: Facts, cases: CaseLoad, limits: ReviewLimits, now: datetime
) -> Overload | None:
    """Why this decision may not be handed to a person; ``None`` when it may, or must not wait for anything.

    Raises:
        RecordsUnavailable: the cases cannot be counted.
    """
    if decision.action is not Action.ESCALATE or (limits.max_open is None and limits.max_late is None):
        return None
    if priority_of(decision, facts) is Priority.URGENT:
        return None
    waiting = await cases.waiting(now, facts.context.tenant)
    found = Overload(open=sum(queue.open for queue in waiting), late=sum(queue.late for queue in waiting))
    over = (limits.max_open is not None and found.open >= limits.max_open) or (
        limits.max_late is not None and found.late >= limits.max_late
    )
    return found if over else None
