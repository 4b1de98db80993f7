"""The states of a case and what cases add up to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.cases import Case, Note, Priority, claimed, metrics, noted, priority_of, reassigned, resolved
from agent.errors import CaseConflict
from policies.taxonomy import Action, Facet
from tests.unit.agent.builders import decision, facts

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HALF = timedelta(minutes=30)


def case(**changes: Any) -> Case:
    values: dict[str, Any] = {
        "id": "case_1",
        "tenant": "acme",
        "thread_id": "thread_1",
        "turn_id": "turn_1",
        "subject": "s",
        "queue": "medical",
        "facet": "dosing",
        "priority": Priority.NORMAL,
        "language": "en",
        "rule_ids": ("r1",),
        "rationale": "x",
        "limits": ("secrets", "no_dosage"),
        "context": None,
        "opened_at": NOW,
        "due_at": NOW + timedelta(hours=1),
    }
    return Case.model_validate({**values, **changes})


def test_a_claim_holds_for_a_time_and_then_anybody_may_claim():
    mine = claimed(case(), "ana", NOW, HALF)
    assert (mine.state(NOW), mine.holder(NOW), mine.version) == ("claimed", "ana", 2)
    assert mine.state(NOW + HALF) == "open"
    with pytest.raises(CaseConflict, match=r"claimed by `ana` until 09:30 UTC"):
        claimed(mine, "bo", NOW, HALF)
    assert claimed(mine, "bo", NOW + HALF, HALF).holder(NOW + HALF) == "bo"
    assert claimed(mine, "ana", NOW + timedelta(minutes=20), HALF).state(NOW + timedelta(minutes=45)) == "claimed"


def test_only_who_holds_the_claim_may_resolve_and_only_once():
    with pytest.raises(CaseConflict, match="claim it first"):
        resolved(case(), "ana", "upheld", {}, NOW)
    mine = claimed(case(), "ana", NOW, HALF)
    with pytest.raises(CaseConflict, match="claimed by `ana`"):
        resolved(mine, "bo", "upheld", {}, NOW)
    done = resolved(mine, "ana", "upheld", {"a": 1}, NOW)
    assert (done.state(NOW), done.resolved_by, done.told) == ("resolved", "ana", False)
    for again in (lambda: resolved(done, "ana", "answered", {}, NOW), lambda: claimed(done, "bo", NOW, HALF)):
        with pytest.raises(CaseConflict, match="resolved already, as `upheld` by `ana`"):
            again()


def test_a_case_can_be_handed_on_by_its_holder():
    mine = claimed(case(), "ana", NOW, HALF)
    assert reassigned(mine, "ana", "bo", NOW, HALF).holder(NOW) == "bo"
    with pytest.raises(CaseConflict):
        reassigned(mine, "bo", "cy", NOW, HALF)


def test_remarks_are_kept_in_order_even_on_resolved_cases():
    first, second = (Note(by=by, at=NOW, text={}) for by in ("ana", "bo"))
    done = case(resolution="upheld", resolved_by="ana", resolved_at=NOW)
    assert noted(noted(done, first), second).notes == (first, second)


@pytest.mark.parametrize(
    ("obligations", "facet", "unsafe", "expected"),
    [
        (("lead_with_crisis_resources",), Facet.EVERYDAY, 0.1, Priority.URGENT),
        (("lead_with_helplines:child",), Facet.EVERYDAY, 0.1, Priority.URGENT),
        ((), Facet.EMERGENCY, 0.1, Priority.URGENT),
        ((), Facet.EVERYDAY, 0.6, Priority.HIGH),
        ((), Facet.EVERYDAY, 0.1, Priority.NORMAL),
    ],
)
def test_danger_goes_first(obligations: tuple[str, ...], facet: Facet, unsafe: float, expected: Priority):
    assert priority_of(decision(Action.ESCALATE, *obligations), facts(facet, unsafe=unsafe)) is expected


def test_the_sums_show_which_rules_are_overturned():
    done = {"resolved_by": "ana", "claimed_at": NOW + timedelta(minutes=10), "resolved_at": NOW + timedelta(minutes=30)}
    found = metrics(
        [
            case(rule_ids=("bad", "good"), resolution="answered", **done),
            case(rule_ids=("bad",), resolution="policy_gap", **done),
            case(rule_ids=("good",), resolution="upheld", **done),
            case(),
            claimed(case(due_at=NOW - HALF), "bo", NOW, HALF),
        ],
        NOW,
    )
    assert (found.open, found.claimed, found.resolved, found.late) == (1, 1, 3, 1)
    assert (found.median_to_claim_s, found.median_to_resolve_s) == (600.0, 1800.0)
    assert found.resolutions == {"answered": 1, "policy_gap": 1, "upheld": 1}
    assert [(rule.rule, rule.overturned, rule.resolved, rule.rate) for rule in found.rules] == [
        ("bad", 2, 2, 1.0),
        ("good", 1, 2, 0.5),
    ]


def test_no_cases_have_no_times():
    assert metrics([], NOW).median_to_claim_s is None
