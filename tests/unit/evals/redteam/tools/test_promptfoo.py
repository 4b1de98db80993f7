"""promptfoo's configuration and results."""

from __future__ import annotations

import json

import pytest
import yaml

from evals.errors import ToolError
from evals.redteam.tools.promptfoo import Attacker, Plan, configuration, evaluating, generating, read_report, read_tests
from tests.unit.evals.redteam.tools.made import promptfoo_report, promptfoo_result

URL = "http://127.0.0.1:1/v1"


def test_an_attacker_words_the_attacks_and_judges_the_replies():
    plan = Plan(("pii",), ("base64",), 2, Attacker("http://there/v1", "big", "KEY"))
    given = yaml.safe_load(configuration(URL, plan))
    attacker = {"id": "openai:chat:big", "config": {"apiBaseUrl": "http://there/v1", "apiKeyEnvar": "KEY"}}
    assert given["targets"][0]["config"] == {"apiBaseUrl": URL, "apiKey": "unused"}
    assert given["redteam"]["provider"] == given["defaultTest"]["options"]["provider"] == attacker
    assert given["redteam"]["plugins"] == [{"id": "pii", "numTests": 2}]
    assert given["redteam"]["strategies"] == ["base64"]


def test_tests_that_are_there_are_run_as_they_are(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text("targets: [x]\ntests: [{vars: {prompt: hi}}]", encoding="utf-8")
    given = yaml.safe_load(configuration(URL, Plan(tests=read_tests(path))))
    assert given["tests"] == [{"vars": {"prompt": "hi"}}]
    assert "redteam" not in given
    assert generating(path, path)[:2] == ["redteam", "generate"]
    assert evaluating(path, path, concurrency=3)[5:7] == ["-j", "3"]


@pytest.mark.parametrize("text", ["tests: []", "just text", "{", "tests: file://x"])
def test_a_file_without_tests_is_refused(tmp_path, text):
    path = tmp_path / "t.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ToolError, match=r"t\.yaml"):
        read_tests(path)


def test_results_are_read_with_the_verdict_of_the_assertions(tmp_path):
    chat = json.dumps([{"role": "system", "content": "s"}, {"role": "user", "content": "in a list"}])
    talked = {"metadata": {"strategyId": "crescendo", "redteamHistory": [{"prompt": "one"}, {"prompt": "two"}]}}
    path = tmp_path / "r.json"
    path.write_text(
        promptfoo_report(
            promptfoo_result("pii", "plain", passed=False),
            promptfoo_result("pii", chat),
            promptfoo_result("pii", "first", **talked),
            promptfoo_result("pii", "[1, 2]", passed=False, failureReason=2, gradingResult=None),
        ),
        encoding="utf-8",
    )
    hit, listed, several, broken = read_report(path)
    assert (hit.probe, hit.turns, hit.hit, hit.by) == ("pii", ("plain",), True, ("promptfoo:redteam:pii",))
    assert (listed.turns, listed.hit, listed.by) == (("in a list",), False, ())
    assert (several.probe, several.turns) == ("pii/crescendo", ("one", "two"))
    assert (broken.turns, broken.hit) == (("[1, 2]",), None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (promptfoo_report()[:-3], "not JSON, the results are cut off"),
        (promptfoo_report(version=2), "results of version 2; version 3 can be read"),
        ("[]", "results of version None"),
        (promptfoo_report({"prompt": {}}), "not results as promptfoo writes them"),
    ],
)
def test_results_that_cannot_be_read_are_named(tmp_path, text, said):
    path = tmp_path / "r.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ToolError, match=said):
        read_report(path)


def test_a_run_without_results_says_so(tmp_path):
    with pytest.raises(ToolError, match="promptfoo left no results"):
        read_report(tmp_path / "none")
