from __future__ import annotations

from datetime import datetime

from policies.bands import bands_of, text_of
from policies.policy_set import PolicySet
from policies.taxonomy import Action, Facet


def test_bands_say_where_the_action_changes(policies: PolicySet, now: datetime) -> None:
    assert bands_of(policies, Facet.EVERYDAY, "public", now=now) == (
        (0.0, Action.ANSWER),
        (0.35, Action.ANSWER_WITH_CARE),
        (0.6, Action.REFUSE),
    )


def test_bands_read_as_a_sentence() -> None:
    assert text_of(((0.0, Action.ANSWER), (0.6, Action.GUIDE))) == "answer, guide from 0.6"
