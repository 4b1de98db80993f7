"""Where a turn goes next."""

from __future__ import annotations

import pytest

from agent.conversation import Move, Turning
from agent.models import Retrieved, Told
from agent.routing import after_decide, after_retrieve
from policies.taxonomy import Action
from tests.unit.agent.builders import decision, hit, state


@pytest.mark.parametrize(
    ("action", "branch"),
    [
        (Action.ANSWER, "answer"),
        (Action.ANSWER_WITH_CARE, "answer"),
        (Action.GUIDE, "retrieve"),
        (Action.REFUSE, "refuse"),
        (Action.ESCALATE, "escalate"),
    ],
)
def test_every_action_has_its_branch(action, branch):
    assert after_decide(state(decision(action))) == branch


@pytest.mark.parametrize(
    ("before", "now", "branch"),
    [
        (Action.GUIDE, Action.GUIDE, "explain"),
        (Action.GUIDE, Action.ANSWER, "explain"),
        (Action.REFUSE, Action.REFUSE, "explain"),
        (Action.ESCALATE, Action.ESCALATE, "explain"),
        (Action.GUIDE, Action.ESCALATE, "escalate"),
        (Action.GUIDE, Action.REFUSE, "refuse"),
        (Action.ANSWER, Action.ANSWER, "answer"),
        (None, Action.GUIDE, "explain"),
        (None, Action.ESCALATE, "escalate"),
        (None, Action.ANSWER, "answer"),
    ],
)
def test_a_reason_is_given_for_a_reply_that_declined_unless_the_question_is_worse(before, now, branch):
    told = Told(turn_id="t", action=before, unsafe=0.5, rationale="malware") if before else None
    asks = Turning(move=Move.WHY, resolved="x\nwhy?", told=told)
    assert after_decide(state(decision(now), turning=asks)) == branch
    assert after_decide(state(decision(now), turning=asks.model_copy(update={"move": Move.FOLLOW_UP}))) != "explain"


@pytest.mark.parametrize(
    ("obligation", "found", "then"),
    [
        ("cite", (hit(),), "build_alternative"),
        ("cite", (), "refuse"),
        ("lead_with_crisis_resources", (), "build_alternative"),
        ("lead_with_helplines:poison", (), "build_alternative"),
    ],
)
def test_nothing_found_is_refused_unless_helplines_are_owed(obligation, found, then):
    assert after_retrieve(state(decision(Action.GUIDE, obligation), retrieved=Retrieved(hits=found))) == then
