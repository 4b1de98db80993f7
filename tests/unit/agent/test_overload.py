"""When reviewers cannot keep up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.adapters.cases_memory import MemoryCases
from agent.errors import RecordsUnavailable
from agent.nodes.decide import decide
from agent.overload import Overload, ReviewLimits, overload
from policies.taxonomy import Action, Facet
from tests.unit.agent.builders import NOW, Run, context, decision, facts, state
from tests.unit.agent.test_cases import case

ESCALATE = decision(Action.ESCALATE, rationale="human_requested")


async def waiting(opened: int, late: int = 0, tenant: str = "default") -> MemoryCases:
    cases = MemoryCases()
    for n in range(opened):
        due = NOW + timedelta(hours=-1 if n < late else 1)
        await cases.add(case(id=f"case_{n}", tenant=tenant, due_at=due))
    return cases


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({}, None),
        ({"max_open": 4}, None),
        ({"max_open": 3}, Overload(open=3, late=1)),
        ({"max_late": 1}, Overload(open=3, late=1)),
        ({"max_open": 9, "max_late": 2}, None),
        ({"max_open": 0}, Overload(open=3, late=1)),
    ],
)
async def test_too_many_open_or_late_cases_are_an_overload(limits: dict[str, int], found: Overload | None):
    assert await overload(ESCALATE, facts(), await waiting(3, late=1), ReviewLimits(**limits), NOW) == found


async def test_other_decisions_other_tenants_and_people_in_danger_are_not_held_up():
    limits, full = ReviewLimits(max_open=1), await waiting(3)
    crisis = decision(Action.ESCALATE, "lead_with_crisis_resources", rationale="suicide_risk")
    assert await overload(decision(Action.GUIDE), facts(), full, limits, NOW) is None
    assert await overload(ESCALATE, facts(), await waiting(3, tenant="other"), limits, NOW) is None
    assert await overload(crisis, facts(), full, limits, NOW) is None
    assert await overload(ESCALATE, facts(Facet.EMERGENCY), full, limits, NOW) is None


async def test_the_decision_is_a_refusal_with_its_own_reason_and_the_record_says_why():
    run = Run(context(cases=await waiting(2), review_limits=ReviewLimits(max_open=2)))
    about = facts(Facet.EVERYDAY, signals=("human.requested",))
    update = await decide(state(about=about), run.runtime)
    assert (update["decision"].action, update["decision"].rationale_code) == (Action.REFUSE, "review_full")
    body = run.ctx.deps.records.records[0].body
    assert (body["action"], body["diverted"]) == ("refuse", {"open": 2, "late": 0})
    assert "crisis.human" in body["decided_by"]
    (told,) = run.sent
    assert told.rationale.title == "Nobody can look at this in time"
    assert told.rationale.appeal


async def test_cases_that_cannot_be_counted_fail_the_turn():
    cases = await waiting(0)
    cases.fail = True
    with pytest.raises(RecordsUnavailable):
        await overload(ESCALATE, facts(), cases, ReviewLimits(max_open=1), NOW)
