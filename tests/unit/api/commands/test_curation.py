"""``handrail corpora``: the editorial work at a prompt, with good and with bad input."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.unit.corpora.conftest import GOOD

Run = Callable[..., tuple[int, str, str]]
DOC = "med-fixture-fever"
ANA = ("--as", "Ana")


@pytest.fixture
def run(handrail: Run) -> Run:
    """Exit status, stdout and stderr of a command over an installation of its own."""
    return partial(handrail, "corpora")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "docs" / "medical" / "en" / "fever.md"
    path.parent.mkdir(parents=True)
    path.write_text(GOOD)
    return tmp_path / "docs"


def test_a_document_goes_through_its_review(run: Run, folder: Path) -> None:
    status, out, _ = run("import", str(folder), *ANA)
    assert (status, "1 new, 0 changed, 0 unchanged, 0 skipped" in out) == (0, True)
    assert "in_review" in run("submit", DOC, *ANA)[1]
    status, _, error = run("approve", DOC, "--as", "ana", "--role", "clinical_reviewer")
    assert (status, error) == (
        2,
        "handrail: `ana` is the author of this revision; an author never approves their own work\n",
    )
    assert "missing 1 of 2" in run("approve", DOC, "--as", "Bo", "--role", "reviewer")[1]
    assert run("approve", DOC, "--as", "Cy", "--role", "clinical_reviewer")[1].startswith("approved ")
    assert "approved by Bo (reviewer), Cy (clinical_reviewer)" in run("status")[1]
    assert "reject -> draft  by Bo (reviewer): unclear" in (
        run("reject", DOC, "--as", "Bo", "--role", "reviewer", "--reason", "unclear") and run("history", DOC)[1]
    )
    status, out, _ = run("withdraw", DOC, *ANA, "--reason", "wrong")
    assert (status, out.startswith("withdrawn")) == (0, True)
    assert run("affected", DOC)[1] == f"0 turns cited {DOC}\n"


def test_a_folder_goes_in_and_out(run: Run, folder: Path, tmp_path: Path) -> None:
    run("import", str(folder), *ANA)
    assert "1 documents, 1 files written" in run("export", str(tmp_path / "out"))[1]
    assert (tmp_path / "out" / "medical" / "en" / "fever.md").read_text() == GOOD
    (folder / "medical" / "en" / "fever.md").write_text(GOOD.replace("A child has a fever", "Fever in a child"))
    assert "1 changed" in run("import", str(folder), *ANA)[1]
    assert "+title: Fever in a child" in run("diff", DOC)[1]


def test_broken_files_are_named_and_the_exit_status_says_so(run: Run, folder: Path) -> None:
    (folder / "broken.md").write_text("nothing")
    status, out, error = run("import", str(folder), *ANA)
    assert (status, "1 new, 0 changed, 0 unchanged, 1 skipped" in out) == (1, True)
    assert "skipped broken.md:1: the file starts with `nothing`" in error


def test_a_new_document_is_a_file_that_lint_wants_written(run: Run, tmp_path: Path) -> None:
    arguments = ("new", "med-new-thing", "--title", "New", "--domain", "medical", *ANA, "--into", str(tmp_path / "d"))
    assert run(*arguments)[0] == 0
    assert "exists already" in run(*arguments)[2]
    status, out, error = run("lint", str(tmp_path / "d"), "--errors")
    assert (status, "1 documents, 4 errors" in out) == (1, True)
    assert "unwritten" in error
    run("import", str(tmp_path / "d"), *ANA)
    assert run("lint", "med-new-thing")[0] == 1
    assert "faults that must be mended first" in run("submit", "med-new-thing", *ANA)[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("publish", *ANA), "no approved revision waits to be published"),
        (("rollback", *ANA, "--reason", "x"), "no release was live before `the first`"),
        (("submit", "med-none-such", *ANA), "no document `med-none-such` is in the library"),
        (("withdraw", "med-none-such@ff", *ANA, "--reason", "x"), "no document `med-none-such`"),
        (("import", "/nowhere/at/all", *ANA), "`/nowhere/at/all` is no folder"),
        (("expiring", "--within", "soon"), "--within is `soon`; expected a number of days or weeks"),
        (("submit", "med-x", "--as", " "), "--as is ` `; expected a name"),
        (("submit", "med-x", *ANA, "--role", "Boss!"), "--role is `Boss!`; expected a name, and a role such as"),
        (("new", "Bad Id", "--title", "T", "--domain", "medical", *ANA), "field `id`"),
        (("new", "med-x", "--title", "T", "--domain", "cooking", *ANA), "`cooking` is unknown"),
    ],
)
def test_what_cannot_be_done_is_one_line_that_says_why(run: Run, arguments: tuple[str, ...], message: str) -> None:
    status, _, error = run(*arguments)
    assert status == 2
    assert message in error
    assert error.startswith("handrail: ")
    assert error.count("\n") == 1


def test_an_empty_installation_has_nothing_to_show(run: Run) -> None:
    assert "live release: none" in run("status")[1]
    assert "0 documents to review within 30d" in run("expiring")[1]
    assert "0 turns without guidance" in run("gaps")[1]
    assert run("history")[1] == ""
