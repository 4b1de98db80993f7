"""The state machine: every step from every state, and the approvals of every domain."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from pydantic import ValidationError

from corpora.errors import NotAllowed, WrongState
from corpora.lifecycle import (
    TRANSITIONS,
    Actor,
    Entry,
    ReviewRule,
    ReviewRules,
    Status,
    Step,
    after,
    approvals_of,
    approve,
    barred_after,
    is_due,
    missing_approvals,
    require_person,
)
from corpora.review_rules import load_review_rules
from tests.unit.corpora.conftest import ANA, BO, CY, NOW

RULES = load_review_rules()
DAY = date(2026, 11, 24)


def history(*steps: tuple[Step, Status, Actor]) -> list[Entry]:
    return [
        Entry(
            seq=n,
            document_id="med-a",
            revision="0" * 12,
            number=n,
            step=step,
            status=status,
            barred=False,
            actor=actor.name,
            role=actor.role,
            at=NOW,
        )
        for n, (step, status, actor) in enumerate(steps, start=1)
    ]


SUBMITTED = (Step.SUBMIT, Status.IN_REVIEW, ANA)


def approved_by(actor: Actor) -> tuple[Step, Status, Actor]:
    return (Step.APPROVE, Status.IN_REVIEW, actor)


@pytest.mark.parametrize(("status", "step"), [*product(Status, TRANSITIONS)])
def test_a_step_is_taken_or_refused_with_the_states_that_allow_it(status: Status, step: Step) -> None:
    allowed, leads_to = TRANSITIONS[step]
    if status in allowed:
        assert after(status, step) is leads_to
    else:
        with pytest.raises(WrongState, match=rf"that is `{status}`; expected `{min(allowed, key=list(Status).index)}`"):
            after(status, step)


def test_only_approved_revisions_are_published_and_anything_can_be_withdrawn() -> None:
    assert TRANSITIONS[Step.PUBLISH][0] == {Status.APPROVED}
    assert TRANSITIONS[Step.WITHDRAW][0] == set(Status) - {Status.WITHDRAWN}


def test_medical_takes_two_and_one_of_them_clinical() -> None:
    first, missing = approve(history(SUBMITTED), "Ana", "medical", BO, RULES)
    assert (first, missing) == (Status.IN_REVIEW, "1 of 2, 1 of role `clinical_reviewer`")
    second, missing = approve(history(SUBMITTED, approved_by(BO)), "Ana", "medical", CY, RULES)
    assert (second, missing) == (Status.APPROVED, "")
    other = Actor(name="Di", role="reviewer")
    assert approve(history(SUBMITTED, approved_by(BO)), "Ana", "medical", other, RULES)[1] == (
        "1 of role `clinical_reviewer`"
    )


@pytest.mark.parametrize(
    ("domain", "role"), [("security", "security_reviewer"), ("licensing", "legal_reviewer"), ("general", "reviewer")]
)
def test_other_domains_take_one(domain: str, role: str) -> None:
    actor = Actor(name="Ed", role=role)
    assert approve(history(SUBMITTED), "Ana", domain, actor, RULES) == (Status.APPROVED, "")


@pytest.mark.parametrize("name", ["Ana", "ana", "  ANA ", "aNa"])
def test_an_author_never_approves_their_own(name: str) -> None:
    with pytest.raises(NotAllowed, match="never approves their own"):
        approve(history(SUBMITTED), "Ana", "general", Actor(name=name, role="reviewer"), RULES)


def test_none_of_several_authors_approves() -> None:
    with pytest.raises(NotAllowed, match="never approves their own"):
        approve(history(SUBMITTED), "Ana, Bo", "general", BO, RULES)


def test_no_person_has_the_role_of_the_machine_and_names_are_one_line() -> None:
    with pytest.raises(NotAllowed, match="role `system` is that of steps that happen by themselves"):
        require_person(Actor(name="Ana", role="system"))
    assert require_person(ANA) is ANA
    with pytest.raises(ValidationError):
        Actor(name="Ana\n2026-11-24 forged", role="editor")


def test_one_person_approves_once_whatever_the_role() -> None:
    with pytest.raises(NotAllowed, match="has approved this revision already"):
        approve(
            history(SUBMITTED, approved_by(BO)), "Ana", "medical", Actor(name="bo", role="clinical_reviewer"), RULES
        )


def test_only_reviewers_approve_and_only_in_review() -> None:
    with pytest.raises(NotAllowed, match="role `editor` does not review; expected one of reviewer, clinical_reviewer"):
        approve(history(SUBMITTED), "Zoe", "general", ANA, RULES)
    with pytest.raises(WrongState, match="cannot approve a revision that is `draft`"):
        approve(history((Step.IMPORT, Status.DRAFT, ANA)), "Ana", "general", BO, RULES)


def test_a_rejection_and_a_new_submission_void_the_approvals() -> None:
    rejected = history(SUBMITTED, approved_by(BO), (Step.REJECT, Status.DRAFT, CY), SUBMITTED)
    assert approvals_of(rejected) == {}
    assert approvals_of(history(SUBMITTED, approved_by(BO), approved_by(CY))) == {
        "Bo": "reviewer",
        "Cy": "clinical_reviewer",
    }


def test_what_is_missing_is_said_in_words() -> None:
    rule = ReviewRule(approvals=3, of_role={"legal_reviewer": 2})
    assert missing_approvals(rule, {}) == "3 of 3, 2 of role `legal_reviewer`"
    assert missing_approvals(rule, {"a": "legal_reviewer", "b": "legal_reviewer", "c": "reviewer"}) == ""
    rules = ReviewRules(reviewer_roles=("r",), domains={}, default=rule)
    assert rules.of("anything") is rule


def test_a_withdrawal_bars_until_it_is_published_again() -> None:
    barred = barred_after(False, Step.WITHDRAW)
    assert barred
    assert barred_after(barred, Step.SUBMIT)
    assert barred_after(barred, Step.APPROVE)
    assert not barred_after(barred, Step.PUBLISH)
    assert not barred_after(False, Step.SUPERSEDE)


def test_a_revision_expires_the_day_after_its_review_by() -> None:
    assert not is_due(Status.PUBLISHED, DAY, DAY)
    assert is_due(Status.PUBLISHED, date(2026, 11, 23), DAY)
    assert not is_due(Status.DRAFT, date(2026, 11, 23), DAY)
