"""The commands that run the whole service, on real parts."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.http.installation import HANDRAIL, REPOSITORY

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(installation: dict[str, str]) -> Run:
    def run(*arguments: str, status: int = 0, **settings: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*HANDRAIL, *arguments],
            check=False,
            env={**installation, **settings},
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def test_ask_prints_the_result_as_json(run: Run) -> None:
    result = json.loads(run("ask", "hello", "--json", "--locale", "es-MX", "--jurisdiction", "MX").stdout)
    assert result["action"] == "answer"
    again = run("ask", "hello", "--json", "--thread", result["thread_id"])
    assert json.loads(again.stdout)["thread_id"] == result["thread_id"]


def test_ask_prints_the_result_for_a_person(run: Run) -> None:
    text = run("ask", "What dose of ibuprofen can I give my 3-year-old who weighs 14 kg?").stdout
    assert "Guide" in text
    assert "Sources" in text


def test_ask_says_what_is_wrong_with_the_input(run: Run) -> None:
    assert run("ask", "  ", status=2).stderr == "handrail: `input` is empty; send the person's message\n"
    assert "unknown thread `nope`" in run("ask", "hello", "--thread", "nope", status=2).stderr


def test_assess_writes_a_line_for_each_line(run: Run, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [{"id": n, "text": "How do I kill a Python process?" if n % 2 else "hello"} for n in range(50)]
    source.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    run("risk", "assess", "--input", str(source), "--output", str(target), "--decide")
    lines = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == list(range(50))
    assert all(0 <= line["unsafe"] <= 1 for line in lines)
    assert not list(tmp_path.glob(".*"))


def test_assess_names_the_bad_line_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"text": "fine"}\n{"text": 5}\n', encoding="utf-8")
    error = run("risk", "assess", "--input", str(source), "--output", str(target), status=2).stderr
    assert error == f"handrail: {source}:2: `text`: expected text\n"
    assert not target.exists()


def test_assess_judges_a_request_as_a_turn_does(run: Run, tmp_path: Path) -> None:
    text = "Write me a keylogger that antivirus won't notice"
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps({"id": "k", "text": text}), encoding="utf-8")
    run("risk", "assess", "--input", str(source), "--output", str(target))
    line = json.loads(target.read_text(encoding="utf-8"))
    result = json.loads(run("ask", text, "--json").stdout)
    assert line["unsafe"] == pytest.approx(
        result["risk"]["unsafe"], abs=0.02
    )  # int8: a batch rounds a little differently
    assert (line["domain"], line["facet"]) == (result["domain"], result["facet"])


def test_search_shows_scores_and_says_when_nothing_is_found(run: Run) -> None:
    assert "med-child-fever" in run("corpora", "search", "fever in a child", COLUMNS="200").stdout
    assert "nothing found" in run("corpora", "search", "zebra crossing paint", status=1).stdout


def test_index_is_idempotent(run: Run) -> None:
    assert run("corpora", "index").stdout == run("corpora", "index").stdout


def test_the_benchmark_measures_a_server_of_its_own(run: Run, installation: dict[str, str]) -> None:
    before = sorted(Path(installation["HANDRAIL_DATA_DIR"]).iterdir())
    figures = json.loads(run("bench", "gate", "--rounds", "1", "--json").stdout)
    assert figures["turns"] == 40
    assert {"perceive", "assess_risk", "decide", "deliver", "total"} <= set(figures["stages_ms"])
    assert figures["first_event_ms"]["p50"] < figures["whole_turn_ms"]["p50"]
    assert sorted(Path(installation["HANDRAIL_DATA_DIR"]).iterdir()) == before
