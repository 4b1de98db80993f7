"""What a client sees."""

from __future__ import annotations

import pytest

from agent.adapters.twins import assessment
from agent.views import SHOWN_HAZARDS, rationale_view, risk_view
from policies.models import ContextFacts
from policies.taxonomy import LANGUAGES, Action, Facet, Hazard
from tests.unit.agent.builders import POLICIES, decision


def test_only_hazards_that_stand_out_are_shown_highest_first():
    hazards = {Hazard.HATE: 0.9, Hazard.PRIVACY: 0.5, Hazard.VIOLENT_CRIMES: 0.4, Hazard.DEFAMATION: 0.3}
    view = risk_view(assessment(Facet.WRONGDOING, unsafe=0.123456, hazards=hazards))
    assert [h.id for h in view.hazards] == [Hazard.HATE, Hazard.PRIVACY, Hazard.VIOLENT_CRIMES]
    assert len(view.hazards) == SHOWN_HAZARDS
    assert view.unsafe == 0.1235
    assert risk_view(assessment(Facet.EVERYDAY)).hazards == ()


@pytest.mark.parametrize("action", Action)
def test_what_is_declined_is_said_only_when_something_is(action):
    view = rationale_view(decision(action, rationale="medical_dosing"), POLICIES, ContextFacts())
    assert (view.declined is not None) == action.declines
    assert view.reason
    assert view.appeal


@pytest.mark.parametrize("language", [*LANGUAGES, "de"])
def test_the_reason_is_in_the_language_asked_for_or_says_that_it_is_not(language):
    view = rationale_view(
        decision(Action.REFUSE, rationale="medical_dosing"), POLICIES, ContextFacts(language=language)
    )
    assert view.language == (language if language in LANGUAGES else "en")
