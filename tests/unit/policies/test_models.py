from __future__ import annotations

import pytest
from pydantic import ValidationError

from policies.models import Decision, Obligation
from policies.taxonomy import Action


def test_a_decision_without_a_decider_or_default_cannot_be_built() -> None:
    with pytest.raises(ValidationError, match="a decision needs"):
        Decision(action=Action.REFUSE, rule_ids=(), decided_by=(), rationale_code="crime", policy_version="v")


def test_a_decision_without_a_reason_cannot_be_built() -> None:
    with pytest.raises(ValidationError, match="rationale_code"):
        Decision(action=Action.REFUSE, rule_ids=("a",), decided_by=("a",), rationale_code="", policy_version="v")


def test_obligations_are_found_by_name_and_argument() -> None:
    decision = Decision(
        action=Action.GUIDE,
        rule_ids=("a",),
        decided_by=("a",),
        rationale_code="x",
        policy_version="v",
        obligations=(
            Obligation(name="cite", rule_ids=("a",)),
            Obligation(name="lead_with_helplines", argument="abuse", rule_ids=("a",)),
        ),
    )
    assert decision.has("cite")
    assert not decision.has("no_code")
    assert decision.arguments("lead_with_helplines") == ("abuse",)
    assert [str(o) for o in decision.obligations] == ["cite", "lead_with_helplines:abuse"]
