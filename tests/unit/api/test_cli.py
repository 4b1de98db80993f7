"""The command line: quick to start, and plain about what the user can fix."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli import COMMANDS, GROUPS, main
from policies.loader import packaged_root

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["handrail", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return run


def test_the_version(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("handrail ")


def test_help_names_every_command(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    text = capsys.readouterr().out
    assert all(name in text for name in (*COMMANDS, *GROUPS))


@pytest.mark.parametrize(
    "command", [[name] for name in COMMANDS] + [[group, name] for group, (_, inner) in GROUPS.items() for name in inner]
)
def test_every_command_has_help(run: Run, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*command, "--help") == 0
    assert "Usage" in capsys.readouterr().out


def test_starting_the_command_line_loads_nothing_heavy() -> None:
    heavy = ["torch", "fastapi", "langgraph", "langchain_core", "onnxruntime", "sqlalchemy", "qdrant_edge", "numpy"]
    script = f"import sys, api.cli; api.cli.build_app(); print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_an_unknown_setting_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HANDRAIL_PROT", "1")
    assert run("serve") == 2
    error = capsys.readouterr().err
    assert error.startswith("handrail: unknown setting `HANDRAIL_PROT`")
    assert error.count("\n") == 1


def test_a_wrong_setting_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HANDRAIL_PORT", "many")
    assert run("serve") == 2
    assert "setting `HANDRAIL_PORT` has value `many`" in capsys.readouterr().err


def test_the_bundled_policies_pass_their_lint(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policies", "lint") == 0
    assert "rules" in capsys.readouterr().out


def test_broken_policies_are_named_with_file_and_line(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(packaged_root(), tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (tmp_path / "rules" / "bad.yaml").write_text("rules:\n  - id: [", encoding="utf-8")
    assert run("policies", "lint", str(tmp_path)) == 1
    error = capsys.readouterr().err
    assert "rules/bad.yaml:" in error
    assert "Traceback" not in error


def test_a_broken_document_is_named_and_the_others_are_counted(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.md").write_text("no front matter\n", encoding="utf-8")
    assert run("corpora", "lint", str(tmp_path)) == 1
    captured = capsys.readouterr()
    assert "bad.md:1:" in captured.err
    assert "0 documents" in captured.out


def test_a_missing_library_is_one_line(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("corpora", "lint", str(tmp_path / "nothing")) == 2
    assert "nothing" in capsys.readouterr().err


def test_a_fault_of_ours_keeps_its_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("policies.lint.lint_sources", broken)
    monkeypatch.setattr(sys, "argv", ["handrail", "policies", "lint"])
    with pytest.raises(ZeroDivisionError):
        main()


@pytest.mark.parametrize("option", [["--go-on"], ["--earlier-share", "0.2"]])
def test_going_on_needs_a_model_to_go_on_from(
    run: Run, option: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("risk", "train", "--output", str(tmp_path / "model"), *option) == 2
    told = capsys.readouterr().err
    assert option[0] in told
    assert "--earlier" in told
    assert not (tmp_path / "model").exists()
