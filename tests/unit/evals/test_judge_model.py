"""A judge model, and judges that talk nonsense."""

from __future__ import annotations

import json
import math

import httpx
import pytest

from evals.chat_client import ChatClient, JsonClient
from evals.errors import ResultsError
from evals.judge_model import Usefulness, Verdict, judged, judged_by, read_answers, read_labels, read_verdicts
from tests.unit.evals.made import outcome

YES = {"on_topic": True, "actionable": True, "complete": True, "readable": True}


def judge(*answers: str) -> ChatClient:
    left = list(answers)

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"choices": [{"message": {"content": left.pop(0)}}]})

    return ChatClient(JsonClient("http://x", transport=httpx.MockTransport(respond)), "m")


async def test_what_was_offered_is_judged_and_garbage_is_excluded_and_counted():
    some = [outcome("a"), outcome("b"), outcome("c", "refuse"), outcome("d")]
    no = json.dumps(YES | {"complete": False})
    verdicts = [v async for v in judged_by(judge(json.dumps(YES), "It is all good!", f"Here: {no}"), some)]
    assert [v.id for v in verdicts] == ["a", "b", "d"]
    assert verdicts[1].said == "It is all good!"
    found = judged(verdicts)
    assert found.garbage == 1
    assert (found.rates["complete"].hits, found.rates["complete"].n) == (1, 2)
    assert found.agreement == {}


@pytest.mark.parametrize(
    "said",
    ["", "true", json.dumps(YES | {"more": True}), json.dumps(YES | {"complete": 1}), json.dumps(YES) * 2, "{}", "{x}"],
)
def test_what_is_not_exactly_four_answers_is_garbage(said):
    assert read_answers(said) is None


def test_agreement_with_people_is_corrected_for_chance(tmp_path):
    rows = [("a", True), ("b", False), ("c", True), ("d", False)]
    path = tmp_path / "labels.jsonl"
    path.write_text("\n".join(json.dumps({"id": name} | YES | {"complete": value}) for name, value in rows))
    verdicts = [
        Verdict(id=name, answers=Usefulness(**(YES | {"complete": value})))
        for name, value in (("a", True), ("b", False), ("c", False), ("d", True), ("e", True))
    ]
    agreement = judged(verdicts, read_labels(path)).agreement
    assert (agreement["complete"].agreed.hits, agreement["complete"].agreed.n) == (2, 4)
    assert agreement["complete"].kappa == pytest.approx(0.0)
    assert math.isnan(agreement["readable"].kappa)


def test_faulty_labels_and_verdicts_name_their_place(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text('{"id": "a", "on_topic": "yes"}')
    with pytest.raises(ResultsError, match=r"x\.jsonl:1: not a label; expected `id`"):
        read_labels(path)
    with pytest.raises(ResultsError, match=r"x\.jsonl: not the verdicts"):
        read_verdicts(path)
