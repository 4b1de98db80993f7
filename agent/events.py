"""The typed events of a turn, in the order in which a client sees them.

``EVENT_TYPES`` maps the wire name of every event to its data model; the wire id of an event is ``<turn_id>:<seq>``,
``seq`` counting from 1 without gaps.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from agent.explanation import Explanation
from agent.models import (
    Citation,
    Frozen,
    MessageDelta,
    MessageHeld,
    MessageReplaced,
    Notice,
    RationaleView,
    RiskView,
    TurnResult,
)
from policies.taxonomy import Action, Domain, Facet


class TurnStarted(Frozen):
    """The turn was accepted."""

    turn_id: str
    thread_id: str
    role: str
    locale: str
    jurisdiction: str
    notices: tuple[Notice, ...] = ()


class RiskAssessed(Frozen):
    """The request was judged."""

    domain: Domain
    facet: Facet
    risk: RiskView
    decoded_from: tuple[str, ...] = ()
    explanation: Explanation | None = None
    """Where the request or the setting asks for it."""


class PolicyDecided(Frozen):
    """The policies decided; the decision record is on disk."""

    action: Action
    rationale: RationaleView
    obligations: tuple[str, ...]
    default: str | None = None


class RetrievalCompleted(Frozen):
    """Guidance was searched. ``found`` is 0 when nothing was above the floor."""

    corpus_release: str | None
    found: int
    document_ids: tuple[str, ...]
    error: str | None = None


class MessageCompleted(Frozen):
    """The whole reply: its deltas in order, with what was replaced replaced."""

    text: str
    citations: tuple[Citation, ...] = ()


class CaseOpened(Frozen):
    """A person will look at this turn."""

    case_id: str
    queue: str


class TurnCompleted(Frozen):
    """The end of a turn that worked."""

    result: TurnResult


class TurnFailed(Frozen):
    """The end of a turn that failed; ``text`` is what the person should read."""

    code: str
    detail: str
    text: str
    status: Literal[500, 503, 504] = 503


Event = (
    TurnStarted
    | RiskAssessed
    | PolicyDecided
    | RetrievalCompleted
    | MessageDelta
    | MessageHeld
    | MessageReplaced
    | MessageCompleted
    | CaseOpened
    | TurnCompleted
    | TurnFailed
)

EVENT_TYPES: Final[dict[str, type[Frozen]]] = {
    "turn.started": TurnStarted,
    "risk.assessed": RiskAssessed,
    "policy.decided": PolicyDecided,
    "retrieval.completed": RetrievalCompleted,
    "message.delta": MessageDelta,
    "message.held": MessageHeld,
    "message.replaced": MessageReplaced,
    "message.completed": MessageCompleted,
    "case.opened": CaseOpened,
    "turn.completed": TurnCompleted,
    "turn.failed": TurnFailed,
}

NAME_OF_EVENT: Final[dict[type[Frozen], str]] = {model: name for name, model in EVENT_TYPES.items()}


class TurnEvent(NamedTuple):
    """An event with its place in the stream. Thousands are kept for replay: a tuple takes a sixth of a model."""

    turn_id: str
    seq: int
    data: Event

    @property
    def id(self) -> str:
        """``<turn_id>:<seq>``, the SSE id."""
        return f"{self.turn_id}:{self.seq}"

    @property
    def name(self) -> str:
        """The wire name, e.g. ``message.delta``."""
        return NAME_OF_EVENT[type(self.data)]


__all__ = [
    "EVENT_TYPES",
    "NAME_OF_EVENT",
    "CaseOpened",
    "Event",
    "MessageCompleted",
    "MessageDelta",
    "MessageHeld",
    "MessageReplaced",
    "PolicyDecided",
    "RetrievalCompleted",
    "RiskAssessed",
    "TurnCompleted",
    "TurnEvent",
    "TurnFailed",
    "TurnStarted",
]
