"""``handrail corpora import CONNECTOR FOLDER``: the report of a source, and bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]
ANA = ("--as", "Ana")
WORDS = "Tell the owner of the site about the weakness, and give them the time to mend it before you publish."
PROFILE = """\
name: house
connector: markdown
publisher: House Rules
licence: CC0-1.0
url: https://example.org/{stem}
domain: security
facets: [defensive]
"""


@pytest.fixture
def run(handrail: Run) -> Run:
    """Exit status, stdout and stderr of a command over an installation of its own."""
    return partial(handrail, "corpora")


@pytest.fixture
def source(tmp_path: Path) -> tuple[str, str]:
    """Folder and profile of a source of two pages."""
    root = tmp_path / "upstream"
    root.mkdir()
    for name in ("Report", "Mend"):
        (root / f"{name.lower()}.md").write_text(f"# {name}\n\n{WORDS}\n")
    (tmp_path / "house.yaml").write_text(PROFILE)
    return str(root), str(tmp_path / "house.yaml")


def test_a_source_is_imported_reported_and_approved(run: Run, source: tuple[str, str]) -> None:
    root, profile = source
    status, out, _ = run("import", "markdown", root, "--source", profile, *ANA, "--retrieved", "2026-11-20")
    assert status == 0
    assert "house: 2 documents, 2 sections (2 en), 0 of them never served" in out
    assert "2 new, 0 changed, 0 unchanged, 0 gone, 0 skipped, in " in out
    (Path(root) / "mend.md").unlink()
    (Path(root) / "broken.md").write_bytes(b"\xff")
    status, out, _ = run("import", "markdown", root, "--source", profile, *ANA)
    assert status == 1
    assert "gone      house-mend@" in out
    assert "broken    1 line 1: byte `0xff` is not UTF-8; save it as UTF-8\n          broken.md" in out
    report = json.loads(run("import", "markdown", root, "--source", profile, *ANA, "--json")[1])
    assert (report["unchanged"], report["documents"], report["skipped"][0]["fault"]) == (1, 1, True)
    reason = ("--reason", "read both")
    status, out, _ = run("approve", "--source", "house", "--as", "Sam", "--role", "security_reviewer", *reason)
    assert (status, out) == (0, "2 approved, 0 wait for another approval, 0 left to look at\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("word", "."), "connector `word` is unknown; expected one of markdown, oscal"),
        (("markdown", "."), "--source is missing"),
        (("markdown", ".", "--source", "nowhere"), "source `nowhere` is unknown"),
        (("pdf", ".", "--source", "owasp-wstg"), "is read with connector `markdown`, not with `pdf`"),
        (("markdown", ".", "--source", "owasp-wstg", "--retrieved", "soon"), "--retrieved is `soon`"),
        (("markdown", "nowhere", "--source", "owasp-wstg"), "`nowhere` is no folder"),
        (("a", "b", "c"), "expected FOLDER, or CONNECTOR FOLDER with --source"),
        ((".", "--source", "owasp-wstg"), "expected FOLDER, or CONNECTOR FOLDER with --source"),
    ],
)
def test_bad_input_is_explained(run: Run, arguments: tuple[str, ...], message: str) -> None:
    status, _, error = run("import", *arguments, *ANA)
    assert (status, message in error) == (2, True)


def test_an_approval_is_of_a_document_or_of_a_source(run: Run) -> None:
    both = ("approve", "x-y", "--source", "house", "--as", "Sam", "--role", "reviewer")
    assert "expected DOC, or --source NAME" in run(*both)[2]
    assert "expected DOC, or --source NAME" in run("approve", "--as", "Sam", "--role", "reviewer")[2]
