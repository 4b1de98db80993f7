from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.api.commands.conftest import Said

Handrail = Callable[..., Said]


@pytest.fixture
def records(handrail: Handrail, tmp_path: Path) -> Path:
    path = tmp_path / "records.jsonl"
    assert handrail("policies", "sample", str(path), "--turns", "300").status == 0
    return path


@pytest.fixture
def folder(handrail: Handrail, tmp_path: Path) -> Path:
    """Policies that refuse where the bundled ones guide an ordinary dosing question."""
    path = tmp_path / "mine"
    handrail("policies", "export", str(path))
    rules = path / "rules" / "medical.yaml"
    rules.write_text(rules.read_text().replace("action: guide", "action: refuse"))
    return path


def test_the_same_policies_change_nothing(handrail: Handrail, records: Path) -> None:
    said = handrail("policies", "simulate", "live", "--records", str(records))
    assert said.out.startswith("300 turns, 0 change their action, 0 keep it with other obligations")


def test_changes_are_shown_with_examples(handrail: Handrail, records: Path, folder: Path) -> None:
    said = handrail("policies", "simulate", str(folder), "--records", str(records))
    assert "guide -> refuse: " in said.out
    assert "turn_1_" in said.out
    assert "by domain: medical" in said.out
    report = json.loads(
        handrail("policies", "simulate", str(folder), "--records", str(records), "--against", "live", "--json").out
    )
    assert report["turns"] == 300
    assert {flip["after"] for flip in report["flips"]} == {"refuse"}
    assert sum(flip["turns"] for flip in report["flips"]) == report["changed"]


def test_only_the_newest_turns_when_asked(handrail: Handrail, records: Path) -> None:
    assert handrail("policies", "simulate", "live", "--records", str(records), "--limit", "7").out.startswith("7 turns")


def test_nothing_on_record_is_said(handrail: Handrail) -> None:
    said = handrail("policies", "simulate", "live")
    assert (said.status, "no decided turn is on record there" in said.err) == (2, True)


def test_a_broken_line_is_named(handrail: Handrail, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("{}\n")
    said = handrail("policies", "simulate", "live", "--records", str(path))
    assert said.status == 2
    assert f"{path}:1: `kind` of a decision record: field required" in said.err


def test_records_or_prompts_but_not_both(handrail: Handrail, records: Path) -> None:
    said = handrail("policies", "simulate", "live", "--records", str(records), "--prompts", str(records))
    assert (said.status, "either `--records` or `--prompts`" in said.err) == (2, True)


@pytest.mark.slow
def test_requests_are_judged_first(handrail: Handrail, tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "prompts.jsonl"
    path.write_text(
        '{"text": "What dose of ibuprofen can I give my 3-year-old?"}\n{"text": "hello", "role": "student"}\n'
    )
    said = handrail("policies", "simulate", str(folder), "--prompts", str(path))
    assert said.out.startswith("2 turns, 1 change their action")
    assert "guide -> refuse: 1" in said.out
    assert "ibuprofen" in said.out
