"""The life of a revision as a pure state machine: who may take which step, and what holds afterwards.

    draft -> in_review -> approved -> published -> retired
                                         |-> expired      by itself, the day after ``review_by``
    any of them -> withdrawn                              at once

No clock, no store: a revision's state is that after the last entry of its history.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from corpora.errors import NotAllowed, WrongState


class Status(StrEnum):
    """Where a revision stands."""

    DRAFT = "draft"
    """Being written; nobody was asked to review it."""
    IN_REVIEW = "in_review"
    """Waiting for approvals."""
    APPROVED = "approved"
    """Has every approval that its domain asks for; in the next release."""
    PUBLISHED = "published"
    """In the release that is served."""
    RETIRED = "retired"
    """Served once; replaced by a later revision, or taken out on purpose."""
    EXPIRED = "expired"
    """Its ``review_by`` has passed; not served."""
    WITHDRAWN = "withdrawn"
    """Called back; not served from the next turn on, whatever release holds it."""


class Step(StrEnum):
    """What can happen to a revision."""

    IMPORT = "import"
    """It came in: as a draft of somebody's, or from a public source and in review."""
    ADOPT = "adopt"
    """It came in as published, from a folder whose reviews are trusted: the bundled library, or the configured one."""
    SUBMIT = "submit"
    """Somebody asks for its review."""
    APPROVE = "approve"
    """A reviewer vouches for it."""
    REJECT = "reject"
    """A reviewer sends it back."""
    PUBLISH = "publish"
    """A release with it went live."""
    SUPERSEDE = "supersede"
    """A release with another revision of its document went live."""
    RESTORE = "restore"
    """A rollback brought it back."""
    ROLL_BACK = "roll_back"
    """A rollback took it out; its approvals stand."""
    EXPIRE = "expire"
    """Its ``review_by`` passed."""
    RETIRE = "retire"
    """Somebody took it out of service."""
    WITHDRAW = "withdraw"
    """Somebody called it back."""
    BAR = "bar"
    """It lost its approval while a release with it was being built, so it is kept from being served."""


_S: Final = Status
TRANSITIONS: Final[dict[Step, tuple[frozenset[Status], Status]]] = {
    Step.SUBMIT: (frozenset({_S.DRAFT, _S.RETIRED, _S.WITHDRAWN}), _S.IN_REVIEW),
    Step.APPROVE: (frozenset({_S.IN_REVIEW}), _S.IN_REVIEW),
    Step.REJECT: (frozenset({_S.IN_REVIEW, _S.APPROVED}), _S.DRAFT),
    Step.PUBLISH: (frozenset({_S.APPROVED}), _S.PUBLISHED),
    Step.SUPERSEDE: (frozenset({_S.PUBLISHED, _S.APPROVED}), _S.RETIRED),
    Step.RESTORE: (frozenset({_S.RETIRED, _S.APPROVED}), _S.PUBLISHED),
    Step.ROLL_BACK: (frozenset({_S.PUBLISHED}), _S.APPROVED),
    Step.EXPIRE: (frozenset({_S.PUBLISHED, _S.APPROVED}), _S.EXPIRED),
    Step.RETIRE: (frozenset({_S.PUBLISHED, _S.APPROVED, _S.EXPIRED}), _S.RETIRED),
    Step.WITHDRAW: (frozenset(_S) - {_S.WITHDRAWN}, _S.WITHDRAWN),
}
"""From which states a step may be taken, and where it leads. An approval that completes the set leads to ``approved``."""

BARS: Final = frozenset({Step.RETIRE, Step.WITHDRAW, Step.BAR})
"""Steps after which a revision is not served even where a release holds it."""
UNBARS: Final = frozenset({Step.PUBLISH, Step.RESTORE, Step.ADOPT})


SYSTEM_ROLE: Final = "system"
"""Role of the steps that happen by themselves; no person has it."""
PRINTABLE: Final = r"^[^\x00-\x1f\x7f]*$"
"""One line without control characters: what is printed in a history forges no line of it."""


class Frozen(BaseModel):
    """Immutable, closed value type."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Actor(Frozen):
    """The person or process that takes a step."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=PRINTABLE)]
    role: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*$", max_length=40)]
    via: str = ""
    """The caller that names the person, such as ``key:...``; empty on the command line."""

    def is_same_person(self, name: str) -> bool:
        """True for the same name, whatever its case and spacing."""
        return _person(self.name) == _person(name)


class Entry(Frozen):
    """One step in the history of a revision: who, when, what, why, and what holds afterwards."""

    seq: int
    """Position in the history of the whole library, from 1."""
    document_id: str
    revision: str
    number: int
    """Position in the history of the revision, from 1."""
    step: Step
    status: Status
    barred: bool
    """True when it must not be served although a release may hold it."""
    actor: str
    role: str
    at: AwareDatetime
    reason: str = ""
    release: str | None = None
    """The release that the step belongs to."""


class ReviewRule(Frozen):
    """What the approvals of a domain must be."""

    approvals: int = Field(ge=1, le=10)
    """Different people who must approve."""
    of_role: dict[str, Annotated[int, Field(ge=1)]] = {}
    """So many of them in this role."""


class ReviewRules(Frozen):
    """Who reviews what, by domain."""

    reviewer_roles: tuple[str, ...] = Field(min_length=1)
    """Roles whose approval counts."""
    domains: dict[str, ReviewRule]
    default: ReviewRule

    def of(self, domain: str) -> ReviewRule:
        """The rule of ``domain``."""
        return self.domains.get(domain, self.default)


def after(status: Status, step: Step) -> Status:
    """The state that ``step`` leads to. Raises ``WrongState`` when it cannot be taken from ``status``."""
    allowed, leads_to = TRANSITIONS[step]
    if status not in allowed:
        expected = " or ".join(f"`{each}`" for each in Status if each in allowed)
        raise WrongState(f"cannot {step.value.replace('_', ' ')} a revision that is `{status}`; expected {expected}")
    return leads_to


def barred_after(barred: bool, step: Step) -> bool:
    """Whether a revision must not be served after ``step``."""
    return step in BARS or (barred and step not in UNBARS)


def approvals_of(history: Sequence[Entry]) -> dict[str, str]:
    """Role by reviewer of the approvals that stand: those since the revision was last submitted or rejected."""
    standing: dict[str, Entry] = {}
    for entry in history:
        if entry.step in (Step.SUBMIT, Step.REJECT, Step.IMPORT):
            standing.clear()
        elif entry.step is Step.APPROVE:
            standing.setdefault(_person(entry.actor), entry)
    return {entry.actor: entry.role for entry in standing.values()}


def missing_approvals(rule: ReviewRule, approvals: dict[str, str]) -> str:
    """What is still missing, in words; empty when the set is complete."""
    roles = list(approvals.values())
    wanted = [
        f"{needed - roles.count(role)} of role `{role}`"
        for role, needed in sorted(rule.of_role.items())
        if roles.count(role) < needed
    ]
    lacking = rule.approvals - len(roles)
    if lacking > 0:
        wanted.insert(0, f"{lacking} of {rule.approvals}")
    return ", ".join(wanted)


def approve(history: Sequence[Entry], author: str, domain: str, actor: Actor, rules: ReviewRules) -> tuple[Status, str]:
    """The state after ``actor`` approved, and what is still missing then.

    ``author`` may be several names, with commas. Raises ``NotAllowed`` for an author, for a second approval by one person and for a role that does not review;
    ``WrongState`` when no review is open.
    """
    after(history[-1].status, Step.APPROVE)
    if any(actor.is_same_person(name) for name in author.split(", ")):
        raise NotAllowed(f"`{actor.name}` is the author of this revision; an author never approves their own work")
    if actor.role not in rules.reviewer_roles:
        expected = ", ".join(rules.reviewer_roles)
        raise NotAllowed(f"role `{actor.role}` does not review; expected one of {expected}")
    given = approvals_of(history)
    if any(actor.is_same_person(name) for name in given):
        raise NotAllowed(f"`{actor.name}` has approved this revision already; another person must")
    missing = missing_approvals(rules.of(domain), {**given, actor.name: actor.role})
    return (Status.IN_REVIEW if missing else Status.APPROVED), missing


def require_person(actor: Actor) -> Actor:
    """The actor, who is no machine of ours. Raises ``NotAllowed``."""
    if actor.role == SYSTEM_ROLE:
        raise NotAllowed(f"role `{SYSTEM_ROLE}` is that of steps that happen by themselves; name the role of a person")
    return actor


def is_due(status: Status, review_by: date, today: date) -> bool:
    """True when a revision that could be served must expire: ``today`` is after its ``review_by``."""
    return status in TRANSITIONS[Step.EXPIRE][0] and review_by < today


def _person(name: str) -> str:
    return " ".join(name.casefold().split())
