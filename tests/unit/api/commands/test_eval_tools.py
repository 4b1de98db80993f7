"""``handrail eval garak`` and ``promptfoo`` with tools that are made up; the whole story is in the acceptance tests."""

from __future__ import annotations

import os
import sys

import pytest

from tests.unit.evals.redteam.tools.made import garak_attempt, garak_report, promptfoo_report

TARGET = ("--target", "http://127.0.0.1:9")
WRITES = "import pathlib, sys, os; pathlib.Path(os.environ['REPORT']).write_text(os.environ['TEXT']); {then}"
ASKS = (
    "import sys, urllib.request, yaml; given = yaml.safe_load(open(sys.argv[2]))['plugins']['generators']; "
    "url = given['openai']['OpenAICompatible']['uri'] + 'chat/completions'; "
    'urllib.request.urlopen(url, b\'{"messages": [{"role": "user", "content": "hi"}]}\')'
)


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """Puts a tool on the PATH that writes this text as its report."""

    def put(name: str, report: str, text: str = "", code: str = WRITES.format(then="")) -> None:
        (tmp_path / "bin").mkdir()
        path = tmp_path / "bin" / name
        path.write_text(f"#!{sys.executable}\n{code}\n", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
        monkeypatch.setenv("REPORT", str(tmp_path / "out" / report))
        monkeypatch.setenv("TEXT", text)

    return put


def test_a_tool_that_is_missing_is_named_with_the_command_that_installs_it(run_eval, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, err = run_eval("garak", *TARGET)
    assert (code, err) == (2, "handrail: `garak` is not on the PATH; install it with `python -m pip install garak`\n")
    (tmp_path / "t.yaml").write_text("tests: [{vars: {prompt: hi}}]")
    code, _, err = run_eval("promptfoo", *TARGET, "--tests", "t.yaml")
    assert (code, "install it with `npm install -g promptfoo`" in err) == (2, True)


def test_attempts_without_a_reply_count_for_nothing(run_eval, tool, tmp_path):
    tool("garak", "garak.report.jsonl", garak_report(garak_attempt("dan.Dan", "hi", score=1.0)))
    code, out, _ = run_eval("garak", *TARGET, "--output", "out")
    assert (code, "1 attempts, of which 1 got no reply" in out) == (0, True)
    assert (tmp_path / "out" / "garak.md").exists()
    assert '"hit":true' in (tmp_path / "out" / "attempts.jsonl").read_text()


def test_a_report_of_an_earlier_run_is_never_taken_for_this_one(run_eval, tool, tmp_path):
    tool("promptfoo", "results.json", code="pass")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "results.json").write_text(promptfoo_report())
    (tmp_path / "t.yaml").write_text("tests: [{vars: {prompt: hi}}]")
    code, _, err = run_eval("promptfoo", *TARGET, "--tests", "t.yaml", "--output", "out")
    assert (code, "promptfoo left no results" in err) == (2, True)


def test_a_tool_that_fails_shows_the_end_of_its_log(run_eval, tool):
    tool("garak", "x", code=WRITES.format(then="print('no such probe'); sys.exit(1)"))
    code, _, err = run_eval("garak", *TARGET, "--output", "out")
    assert (code, "`garak` ended with status 1" in err, "no such probe" in err) == (2, True, True)


def test_a_report_that_is_cut_off_is_no_result(run_eval, tool):
    tool("garak", "garak.report.jsonl", garak_report(complete=False))
    code, _, err = run_eval("garak", *TARGET, "--output", "out")
    assert (code, "the report is cut off" in err) == (2, True)


def test_a_target_that_is_down_ends_the_tool(run_eval, tool, monkeypatch):
    monkeypatch.setattr("evals.chat_client.WAITS", ())
    tool("garak", "x", code=ASKS)
    code, _, err = run_eval("garak", *TARGET, "--output", "out")
    assert (code, "cannot be reached" in err, "garak was ended, its log is out/tool.log" in err) == (2, True, True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((), "name either --plugins"),
        (("--plugins", "pii"), "name an endpoint with --attacker"),
        (("--plugins", "pii", "--attacker", "http://h/v1"), "give it with --attacker-model"),
    ],
)
def test_promptfoo_needs_tests_or_a_model_that_words_them(run_eval, given, said):
    code, _, err = run_eval("promptfoo", *TARGET, *given)
    assert (code, said in err) == (2, True)


def test_a_tool_needs_a_server(run_eval, tool):
    tool("garak", "x")
    code, _, err = run_eval("garak", "--target", "in-process", "--output", "out")
    assert (code, "start one with `handrail serve`" in err) == (2, True)
