from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.api.commands.conftest import Said

Handrail = Callable[..., Said]


@pytest.fixture
def folder(handrail: Handrail, tmp_path: Path) -> Path:
    """The bundled policies in a folder."""
    path = tmp_path / "mine"
    assert handrail("policies", "export", str(path)).status == 0
    return path


def _edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_lint_counts_or_names_what_to_fix(handrail: Handrail, folder: Path) -> None:
    assert "rules" in handrail("policies", "lint", str(folder)).out
    _edit(folder, "rules/medical.yaml", "action: guide", "action: guid")
    said = handrail("policies", "lint", str(folder))
    assert said.status == 1
    assert "rules/medical.yaml:8: error: unknown action `guid`; did you mean `guide`?" in said.err


def test_the_cases_are_run(handrail: Handrail, folder: Path) -> None:
    said = handrail("policies", "test", str(folder))
    assert (said.status, " 0 fail" in said.out) == (0, True)
    _edit(folder, "rules/medical.yaml", "action: guide", "action: refuse")
    said = handrail("policies", "test", str(folder), "--rule", "medical.emergency")
    assert said.status == 1
    assert "cases/medical.yaml:2: case of `medical.emergency` expects `guide`, got `refuse`" in said.err
    said = handrail("policies", "test", "--rule", "nothing")
    assert said.status != 0
    assert "there is no case of a rule whose id starts with `nothing`" in said.err


def test_explain_shows_why(handrail: Handrail) -> None:
    said = handrail("policies", "explain", "risk.facet=dosing", "context.role=clinician", "risk.unsafe=0.83")
    assert said.out.startswith("answer_with_care by ")
    assert "rules/medical.yaml:" in said.out
    assert "risk.unsafe 0.83 against 0.85" in said.out
    as_json = json.loads(handrail("policies", "explain", "risk.signals=human.requested", "--json").out)
    assert (as_json["action"], as_json["decided_by"]) == ("escalate", ["crisis.human"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("dosing", "`dosing` is no fact; write it as path=value"),
        ("risk.facet=dosng", "unknown facet `dosng`; did you mean `dosing`?"),
        ("risk.unsafe=much", "`risk.unsafe` is `much`, expected a number from 0 to 1"),
        ("risk.usafe=1", "unknown field `usafe` of `risk`; did you mean `unsafe`?"),
        ("text.has_pii=yes", "`text.has_pii` is `yes`, expected a boolean"),
        ("text.length=two", "`text.length` is `two`, expected a whole number"),
        ("time.hour=3", "`time.hour` cannot be given"),
    ],
)
def test_a_wrong_fact_is_named(handrail: Handrail, given: str, message: str) -> None:
    said = handrail("policies", "explain", given)
    assert said.status == 2
    assert message in said.err
    assert "Traceback" not in said.err


def test_a_turn_that_is_not_on_record_is_named(handrail: Handrail) -> None:
    said = handrail("policies", "explain", "--turn", "turn_x")
    assert (said.status, "no decision of turn `turn_x` is on record" in said.err) == (2, True)


def test_diff_shows_edits_and_effects(handrail: Handrail, folder: Path) -> None:
    _edit(folder, "rules/medical.yaml", "action: guide", "action: refuse")
    said = handrail("policies", "diff", "live", str(folder))
    assert "~ action of rule medical.emergency: guide -> refuse" in said.out
    assert "emergency, public, in " in said.out
    assert "guide -> refuse (stricter)" in said.out


def test_what_is_neither_folder_nor_version_is_named(handrail: Handrail) -> None:
    said = handrail("policies", "lint", "nowhere")
    assert (said.status, "`nowhere` is neither a folder nor a published version" in said.err) == (2, True)


def test_the_schema_of_a_kind_is_printed(handrail: Handrail, tmp_path: Path) -> None:
    assert json.loads(handrail("policies", "schema", "rules").out)["title"] == "Handrail: rules/*.yaml"
    said = handrail("policies", "schema", "rule")
    assert (said.status, "unknown kind of file `rule`; did you mean `rules`?" in said.err) == (2, True)
    assert len(handrail("policies", "schema", "--write", str(tmp_path / "s")).out.splitlines()) == 5
