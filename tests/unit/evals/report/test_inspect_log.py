from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.outcomes import failed
from evals.report.inspect_log import inspect_log, log_name
from tests.unit.evals.made import outcome, run_of, scenario

RUN = run_of(
    outcome("a", turns=("one", "two")),
    outcome("b", "answer", never=("answer",)),
    failed(scenario("c"), "the search is down"),
    planned=("a", "b", "c", "d"),
)


def test_a_sample_has_its_messages_verdicts_and_decision_path():
    log = json.loads(inspect_log(RUN))
    assert (log["version"], log["status"]) == (2, "cancelled")
    good, bad, broken = log["samples"]
    assert [message["role"] for message in good["messages"]] == ["user", "user", "assistant"]
    assert {name: score["value"] for name, score in good["scores"].items()} == {
        "acceptable": "C",
        "preferred": "C",
        "serious": "C",
    }
    assert bad["scores"]["serious"]["value"] == "I"
    assert bad["scores"]["serious"]["explanation"] == "`answer` must never be done here"
    assert good["metadata"]["rules"] == "medical.dosing"
    assert broken["error"]["message"] == "the search is down"
    assert log["results"]["scores"][0]["metrics"]["acceptable"]["value"] == pytest.approx(1 / 3)


def test_inspect_reads_the_log(tmp_path: Path):
    inspect = pytest.importorskip("inspect_ai.log")
    (tmp_path / log_name(RUN)).write_text(inspect_log(RUN), encoding="utf-8")
    (listed,) = inspect.list_eval_logs(str(tmp_path))
    log = inspect.read_eval_log(listed)
    assert [sample.id for sample in log.samples] == ["a", "b", "c"]
    assert log.samples[0].input[-1].text == "two"


def test_the_name_has_time_task_and_id():
    assert log_name(RUN, name="my_run").startswith("2026-11-28T10-00-00+00-00_my-run_")
    assert log_name(RUN).count("_") == 2
