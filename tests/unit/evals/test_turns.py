"""Whole turns with expected decisions."""

from __future__ import annotations

import json

import pytest

from agent.errors import LabelError
from agent.models import TurnInput, TurnResult
from evals.turns import Verdict, read_cases, run_cases, scenario_of
from policies.taxonomy import Action

RESULT = {
    "turn_id": "turn_1",
    "thread_id": "thread_1",
    "action": "guide",
    "domain": "medical",
    "facet": "dosing",
    "text": "Ask a pharmacist. [1]",
    "composer": "extractive",
    "rationale": {
        "code": "medical_dosing",
        "title": "t",
        "declined": "d",
        "reason": "r",
        "how_to_proceed": "h",
        "rule_ids": ("medical.dosing",),
        "policy_version": "v",
        "appeal": "a",
        "language": "en",
    },
    "risk": {"language": "en", "unsafe": 0.1, "hazards": (), "prompt_attack": 0.0, "uncertainty": 0.1, "signals": ()},
}


class OneAnswer:
    """Answers every turn alike and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[TurnInput] = []

    async def run(self, request: TurnInput) -> TurnResult:
        self.asked.append(request)
        return TurnResult.model_validate(RESULT)


def cases_of(tmp_path, *rows):
    path = tmp_path / "turns.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return read_cases(path)


async def verdict_of(case) -> Verdict:
    return await anext(run_cases([case], OneAnswer()))


async def test_an_expected_action_with_the_wanted_words_is_acceptable_and_preferred(tmp_path):
    case = cases_of(tmp_path, {"id": "a", "input": "x", "expect": ["guide"], "must_contain_any": ["pharmac"]})[0]
    verdict = await verdict_of(case)
    assert verdict.acceptable
    assert verdict.preferred
    assert not verdict.serious


async def test_a_forbidden_word_in_the_reply_is_serious_whatever_the_action(tmp_path):
    case = cases_of(tmp_path, {"id": "a", "input": "x", "expect": ["guide"], "must_not_match": ["pharmacist"]})[0]
    verdict = await verdict_of(case)
    assert verdict.serious
    assert not verdict.acceptable


async def test_an_action_that_must_never_be_taken_is_serious(tmp_path):
    case = cases_of(tmp_path, {"id": "a", "input": "x", "expect": ["answer"], "never": ["guide"]})[0]
    assert (await verdict_of(case)).serious


async def test_history_runs_first_on_the_same_thread(tmp_path):
    runner = OneAnswer()
    case = cases_of(tmp_path, {"id": "a", "input": "now", "history": ["before"], "expect": ["guide"]})[0]
    assert [v.case.id async for v in run_cases([case], runner)] == ["a"]
    assert [(turn.text, turn.thread_id) for turn in runner.asked] == [("before", None), ("now", "thread_1")]


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
