"""Whole turns with expected decisions."""

from __future__ import annotations

import json

import pytest

from agent.errors import LabelError
from evals.turns import read_cases, scenario_of
from policies.taxonomy import Action


def cases_of(tmp_path, *rows):
    path = tmp_path / "turns.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return read_cases(path)


@pytest.mark.parametrize(
    "row", [{"id": "a", "input": "x", "expect": []}, {"id": "a", "input": "x", "expect": ["maybe"]}]
)
def test_a_wrong_expectation_names_file_line_and_field(tmp_path, row):
    with pytest.raises(LabelError, match=r"turns\.jsonl:1: field `expect"):
        cases_of(tmp_path, row)


def test_every_action_can_be_expected(tmp_path):
    cases = cases_of(tmp_path, *({"id": str(i), "input": "x", "expect": [a.value]} for i, a in enumerate(Action)))
    assert [case.expect[0] for case in cases] == list(Action)


def test_a_case_is_a_scenario_with_the_same_expectations(tmp_path):
    row = {
        "id": "a",
        "input": "now",
        "history": ["before"],
        "lang": "es",
        "domain": "elsewhere",
        "expect": ["guide"],
        "must_contain_any": ["Pharmacist", "(?i)VET"],
        "must_not_match": ["dose"],
    }
    (case,) = cases_of(tmp_path, row)
    scenario = scenario_of(case)
    assert (scenario.turns, scenario.language, scenario.domain) == (("before", "now"), "es", "general")
    assert scenario.broken("Ask a vet.") == ()
    assert len(scenario.broken("Ask a pharmacist.")) == 1
    assert scenario.broken("A Pharmacist knows the DOSE.") == ()
    assert len(scenario.broken("A Pharmacist knows the dose.")) == 1


def test_a_case_that_contradicts_itself_is_refused(tmp_path):
    (case,) = cases_of(tmp_path, {"id": "a", "input": "x", "expect": ["guide"], "never": ["guide"]})
    with pytest.raises(LabelError, match="both in `expect` and in `never`"):
        scenario_of(case)
