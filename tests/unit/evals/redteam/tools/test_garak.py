"""garak's configuration and report."""

from __future__ import annotations

import json

import pytest
import yaml

from evals.errors import ToolError
from evals.redteam.tools.garak import arguments, configuration, read_report
from tests.unit.evals.redteam.tools.made import garak_attempt, garak_report


def test_garak_asks_each_prompt_once_and_reports_into_the_folder(tmp_path):
    given = yaml.safe_load(configuration("http://127.0.0.1:1/v1", tmp_path, concurrency=1, seed=3))
    assert given["run"] == {"generations": 1, "seed": 3}
    assert given["system"] == {"parallel_attempts": False}
    assert given["plugins"]["generators"]["openai"]["OpenAICompatible"]["uri"] == "http://127.0.0.1:1/v1/"
    assert given["reporting"]["report_dir"] == str(tmp_path)
    config = tmp_path / "c.yaml"
    assert arguments(config, ()) == ["--config", str(config)]
    assert arguments(config, ("dan", "encoding"))[2:] == ["--probes", "dan,encoding"]


def test_judged_attempts_are_read_with_the_verdict_of_the_detectors(tmp_path):
    path = tmp_path / "r.jsonl"
    attempts = (
        garak_attempt("dan.Dan", "one", "two", score=0.5),
        garak_attempt("dan.Dan", "three", score=0.4),
        garak_attempt("dan.Dan", "four", score=None),
        garak_attempt("dan.Dan", "not yet judged", status=1),
    )
    path.write_text(garak_report(*attempts), encoding="utf-8")
    hit, missed, unknown = read_report(path)
    assert (hit.turns, hit.hit, hit.by, hit.goal) == (("one", "two"), True, ("dan.DAN",), "disobey")
    assert (missed.hit, missed.by) == (False, ())
    assert unknown.hit is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (garak_report(complete=False), "r.jsonl: the report is cut off"),
        (garak_report()[:-5], "r.jsonl:4: not JSON"),
        ("[]\n", "r.jsonl:1: not an entry"),
        (
            garak_report({"entry_type": "attempt", "status": 2, "prompt": "old"}),
            r"r.jsonl:3: .*report of garak 0\.17\.1",
        ),
        (garak_report(garak_attempt("p", "x") | {"conversations": ["old"]}), "r.jsonl:3: not an attempt as garak"),
    ],
)
def test_a_report_that_cannot_be_read_is_named_with_its_line(tmp_path, text, said):
    path = tmp_path / "r.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ToolError, match=said):
        read_report(path)


def test_a_scan_without_a_report_says_so(tmp_path):
    with pytest.raises(ToolError, match="garak left no report"):
        read_report(tmp_path / "none")


def test_the_configuration_holds_no_key(tmp_path):
    assert (
        "key" not in json.dumps(yaml.safe_load(configuration("http://h/v1", tmp_path, concurrency=4, seed=1))).lower()
    )
