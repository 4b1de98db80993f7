"""Where a turn goes next."""

from __future__ import annotations

import pytest

from agent.models import Retrieved
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
