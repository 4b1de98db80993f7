"""Where a turn goes next. Total over the closed enums; a test checks it."""

from __future__ import annotations

from typing import Final, Literal

from agent.conversation import Move
from agent.state import TurnState
from policies.taxonomy import Action

Branch = Literal["answer", "retrieve", "refuse", "escalate", "explain"]

BRANCH_OF_ACTION: Final[dict[Action, Branch]] = {
    Action.ANSWER: "answer",
    Action.ANSWER_WITH_CARE: "answer",
    Action.GUIDE: "retrieve",
    Action.REFUSE: "refuse",
    Action.ESCALATE: "escalate",
}


def after_decide(state: TurnState) -> Branch:
    """The branch of the decided action; a question for the reason of a reply that declined is answered with that."""
    if _asks_why(state):
        return "explain"
    return BRANCH_OF_ACTION[state["decision"].action]


def _asks_why(state: TurnState) -> bool:
    """True when the last reply declined and nothing in this message asks for a stricter one: an explanation brings no new risk,
    and opens no second case."""
    turning, action = state["turning"], state["decision"].action
    if turning.move is not Move.WHY:
        return False
    if turning.told is None:
        return action in (Action.GUIDE, Action.REFUSE)
    return turning.told.action.declines and action.strictness <= turning.told.action.strictness


def after_retrieve(state: TurnState) -> Literal["build_alternative", "refuse"]:
    """Guidance leads to an alternative; nothing found, or no store, to a refusal with pointers.

    Helplines owed by the decision are guidance enough.
    """
    decision = state["decision"]
    led = decision.has("lead_with_crisis_resources") or decision.has("lead_with_helplines")
    return "build_alternative" if state["retrieved"].hits or led else "refuse"
