from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from policies.cases import Case, facts_of, failure_of, load_cases, parse_cases
from policies.errors import PolicyLoadError
from policies.loader import load_policies, packaged_root
from policies.policy_set import PolicySet
from policies.reader import Problems, Source
from policies.taxonomy import Action, Domain, Facet

CASES = load_cases(load_policies())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{Path(case.file).stem}:{case.line}")
def test_packaged_case(case: Case, policies: PolicySet, now: datetime) -> None:
    failure = failure_of(case, policies, now=now)
    assert failure is None, f"{case.file}:{case.line}: {failure}"


def test_every_rule_has_a_case_that_fires_and_a_near_miss(policies: PolicySet) -> None:
    for fires in (True, False):
        assert {case.rule for case in CASES if case.fires is fires} == {rule.id for rule in policies.rules}


def test_facts_follow_from_what_is_given(policies: PolicySet) -> None:
    facts = facts_of({"risk.facet": "malware", "context.role": "clinician", "context.locale": "es-MX"}, policies)
    assert (facts.risk.domain, facts.risk.facets[Facet.MALWARE]) == (Domain.SECURITY, 0.8)
    assert (facts.context.audience, facts.context.language, facts.context.jurisdiction) == ("professional", "es", "MX")


def _problems(text: str, policies: PolicySet) -> list[str]:
    problems = Problems()
    parse_cases(Source("cases/x.yaml", f"cases:\n  - {text}\n"), policies, problems)
    return [problem.message for problem in problems.found]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{rule: medical.dose, fires: true, given: {}, action: guide}", "case names unknown rule `medical.dose`"),
        (
            "{rule: medical.dosing, fires: yep, given: {}, action: guide}",
            "`fires` is `yep`, expected `true` or `false`",
        ),
        (
            "{rule: medical.dosing, fires: true, given: {}, action: guid}",
            "unknown action `guid`; did you mean `guide`?",
        ),
        ("{rule: medical.dosing, fires: true, action: guide}", "a case has no `given`; add it"),
        ("{rule: medical.dosing, fires: true, given: {risk.facet: x}, action: guide}", "unknown facet `x`"),
        (
            "{rule: medical.dosing, fires: true, given: {risk.unsafe: 2}, action: guide}",
            "expected a number from 0 to 1",
        ),
        ("{rule: medical.dosing, fires: true, given: {text.length: -1}, action: guide}", "expected a whole number"),
        ("{rule: medical.dosing, fires: true, given: {text.has_pii: 1}, action: guide}", "expected a boolean"),
        ("{rule: medical.dosing, fires: true, given: {context.tenant: 1}, action: guide}", "expected a text"),
        ("{rule: medical.dosing, fires: true, given: {risk.signals: [a.b]}, action: guide}", "unknown signal `a.b`"),
        ("{rule: medical.dosing, fires: true, given: {text.views: x}, action: guide}", "expected a list of texts"),
        ("{rule: medical.dosing, fires: true, given: {risk.nothing: x}, action: guide}", "unknown field `nothing`"),
        ("{rule: medical.dosing, fires: true, given: {}, action: guide, rationale: nope}", "unknown rationale `nope`"),
        ("{rule: medical.dosing, fires: true, given: {}, action: guide, why: x}", "unknown field `why` of a case"),
    ],
)
def test_faults_in_cases_are_named(text: str, message: str, policies: PolicySet) -> None:
    problems = _problems(text, policies)
    assert any(message in problem for problem in problems), problems


def _case(**changes: object) -> Case:
    case = Case("cases/x.yaml", 1, "medical.dosing", True, {"risk.facet": "dosing"}, Action.GUIDE, None, None)
    return case._replace(**changes)  # type: ignore[arg-type]  # fields of different types


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (_case(), None),
        (_case(at=datetime(2030, 1, 1, tzinfo=UTC)), None),
        (_case(fires=False), "case expects that `medical.dosing` does not match; matched: medical.dosing"),
        (_case(given={}), "case expects that `medical.dosing` matches; matched: general.everyday.answer"),
        (_case(action=Action.REFUSE), "case of `medical.dosing` expects `refuse`, got `guide` by medical.dosing"),
        (_case(rationale="crime"), "case of `medical.dosing` expects rationale `crime`, got `medical_dosing`"),
    ],
)
def test_a_failure_says_what_differs(case: Case, message: str | None, policies: PolicySet, now: datetime) -> None:
    failure = failure_of(case, policies, now=now)
    assert failure == message or (message is not None and failure is not None and failure.startswith(message))


def test_faults_of_all_case_files_come_together(tmp_path: Path, policies: PolicySet) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "a.yaml").write_text("cases: none\n")
    (tmp_path / "cases" / "b.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyLoadError) as caught:
        load_cases(policies, tmp_path)
    assert [problem.file for problem in caught.value.problems] == ["cases/a.yaml", "cases/b.yaml"]


def test_a_tree_without_cases_has_none(tmp_path: Path, policies: PolicySet) -> None:
    assert load_cases(policies, tmp_path) == ()
    assert (packaged_root() / "cases").is_dir()
