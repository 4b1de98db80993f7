"""Replayed turns come out as they were decided."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings

from policies.cases import facts_of
from policies.engine import decide
from policies.models import Facts
from policies.policy_set import PolicySet
from policies.replay import replay
from policies.taxonomy import Action, Hazard
from tests.unit.policies.conftest import NOW
from tests.unit.policies.test_engine import POLICIES, any_facts

Build = Callable[..., PolicySet]


@settings(max_examples=300, deadline=None)
@given(any_facts())
def test_it_decides_as_the_engine_does(facts: Facts) -> None:
    decision = decide(facts, POLICIES, now=NOW)
    outcome = replay(facts, POLICIES, NOW)
    assert outcome.action is decision.action
    assert outcome.decided_by == decision.decided_by
    assert outcome.obligations == frozenset(map(str, decision.obligations))


def test_patterns_are_left_to_cel(tiny: Build) -> None:
    policies = tiny(
        {"id": "test.a", "when": 'context.tenant.matches("^clinic-[0-9]+$")', "action": "guide"},
        {"id": "test.b", "when": "true", "action": "answer"},
    )
    assert replay(facts_of({"context.tenant": "clinic-1"}, policies), policies, NOW).decided_by == ("test.a",)
    assert replay(facts_of({"context.tenant": "shop"}, policies), policies, NOW).decided_by == ("test.b",)


def test_what_it_cannot_judge_it_asks_the_engine(tiny: Build) -> None:
    policies = tiny({"when": "risk.hazards.hate > 0.5", "action": "answer"})
    facts = facts_of({}, policies)
    hazards = {hazard: 0.0 for hazard in Hazard if hazard is not Hazard.HATE}
    facts = facts.model_copy(update={"risk": facts.risk.model_copy(update={"hazards": hazards})})
    assert replay(facts, policies, NOW).action is Action.ESCALATE


def test_no_match_refuses_and_dates_count(tiny: Build) -> None:
    policies = tiny({"when": "true", "action": "answer", "effective_until": "2026-01-01"})
    assert replay(facts_of({}, policies), policies, NOW).action is Action.REFUSE
