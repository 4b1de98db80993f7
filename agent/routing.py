"""Where a turn goes next. Total over the closed enums; a test checks it."""

from __future__ import annotations

from typing import Final, Literal

from agent.state import TurnState
from policies.taxonomy import Action

Branch = Literal["answer", "retrieve", "refuse", "escalate"]

BRANCH_OF_ACTION: Final[dict[Action, Branch]] = {
    Action.ANSWER: "answer",
    Action.ANSWER_WITH_CARE: "answer",
    Action.GUIDE: "retrieve",
    Action.REFUSE: "refuse",
    Action.ESCALATE: "escalate",
}


def after_decide(state: TurnState) -> Branch:
    """The branch of the decided action."""
    return BRANCH_OF_ACTION[state["decision"].action]


def after_retrieve(state: TurnState) -> Literal["build_alternative", "refuse"]:
    """Guidance leads to an alternative; nothing found, or no store, to a refusal with pointers.

    Helplines owed by the decision are guidance enough.
    """
    decision = state["decision"]
    led = decision.has("lead_with_crisis_resources") or decision.has("lead_with_helplines")
    return "build_alternative" if state["retrieved"].hits or led else "refuse"
