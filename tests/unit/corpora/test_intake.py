"""Bringing a whole source in: what waits, what is left alone, and the approval of all of it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from corpora.connectors.markdown import Markdown
from corpora.connectors.profile import SourceProfile
from corpora.curation import Curation
from corpora.errors import LibraryError, MissingReason, NotAllowed, WrongState
from corpora.intake import SourceReport, origin_of
from corpora.lifecycle import Actor, Status
from tests.unit.corpora.conftest import ANA, NOW
from tests.unit.corpora.connectors.conftest import a_profile

SAM = Actor(name="Sam", role="security_reviewer")
WORDS = "Tell the owner of the site about the weakness, and give them the time to mend it before you publish.\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "upstream"
    folder.mkdir()
    for name in ("report", "mend", "publish"):
        (folder / f"{name}.md").write_text(f"# {name.capitalize()}\n\n{WORDS}")
    return folder


async def take(
    curation: Curation, root: Path, profile: SourceProfile | None = None, day: date | None = None
) -> SourceReport:
    return await curation.import_source(root, Markdown(), profile or a_profile(), ANA, retrieved=day)


async def test_what_comes_in_waits_for_review(curation: Curation, root: Path) -> None:
    report = await take(curation, root)
    assert (report.documents, report.sections, len(report.new), report.languages) == (3, 3, 3, {"en": 3})
    revisions = await curation.revisions()
    assert {(r.status, r.origin, r.author) for r in revisions} == {(Status.IN_REVIEW, "source:example", "Ana")}
    (entry,) = await curation.history("example-report")
    assert (entry.step, entry.reason) == ("import", "imported from Example Group")


async def test_a_later_run_says_what_is_new_changed_unchanged_and_gone(curation: Curation, root: Path) -> None:
    await take(curation, root)
    later = NOW.date() + timedelta(days=40)
    same = await take(curation, root, day=later)
    assert (same.new, same.changed, same.unchanged, same.gone) == ((), (), 3, ())
    (root / "mend.md").write_text(f"# Mend\n\n{WORDS}\nThen look again, with somebody else beside you.\n")
    (root / "report.md").unlink()
    (root / "thank.md").write_text(f"# Thank\n\n{WORDS}")
    report = await take(curation, root, day=later)
    assert [name.split("@")[0] for name in (*report.new, *report.changed, *report.gone)] == [
        "example-thank",
        "example-mend",
        "example-report",
    ]
    assert report.unchanged == 1
    info, data = await curation.text("example-mend")
    assert f"accessed_on: {later}".encode() in data
    assert [r.status for r in await curation.revisions("example-report")] == [Status.IN_REVIEW]
    (root / "mend.md").write_text(f"# Mend\n\n{WORDS}")
    assert (await take(curation, root)).changed == ()  # the revision of the first run is stored still
    assert info.origin == origin_of("example")


async def test_broken_files_take_nothing_else_down(curation: Curation, root: Path, tmp_path: Path) -> None:
    (root / "yaml.md").write_text("---\na: [\n---\nText.")
    (root / "bytes.md").write_bytes(b"Text \xff")
    with (root / "huge.md").open("wb") as file:
        file.truncate(50_000_000)
    (tmp_path / "secret.md").write_text("secret")
    (root / "link.md").symlink_to(tmp_path / "secret.md")
    report = await take(curation, root)
    faults = {example: skip.reason for skip in report.skipped if skip.fault for example in skip.examples}
    assert report.documents == 3
    assert report.has_faults
    assert sorted(faults) == ["bytes.md", "huge.md", "link.md", "yaml.md"]
    assert faults["huge.md"].startswith("the file has `50000000` bytes; expected at most")
    assert "leads out of the folder" in faults["link.md"]


async def test_ids_that_meet_are_named(curation: Curation, root: Path) -> None:
    (root / "Mend!.md").write_text(f"# Mend\n\n{WORDS}")
    (root / "Report!.md").write_text(f"# Report\n\n{WORDS} And more of it.")
    report = await take(curation, root)
    assert [(skip.reason, skip.fault) for skip in report.skipped] == [
        ("an id that an earlier file has used for another text", True),
        ("the same text as in an earlier file", False),
    ]


async def test_a_document_of_another_source_is_not_taken_over(curation: Curation, root: Path) -> None:
    await take(curation, root)
    (root / "b-c.md").write_text(f"# C\n\n{WORDS}")
    await take(curation, root, a_profile(name="a"))
    (root / "c.md").write_text(f"# C\n\n{WORDS}")
    clash = await take(curation, root, a_profile(name="a-b"))
    (skip,) = [skip for skip in clash.skipped if skip.fault]
    assert (skip.reason, skip.examples) == (
        "an id that belongs to another source of the library",
        ("c.md: `a-b-c` came in as `source:a`",),
    )


async def test_an_empty_folder_is_a_fault_and_a_missing_one_an_error(curation: Curation, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    report = await take(curation, tmp_path / "empty")
    assert (report.documents, report.skipped[0].reason) == (0, "holds no file that ends in `.md` or `.markdown`")
    with pytest.raises(LibraryError, match="is no folder"):
        await take(curation, tmp_path / "none")


async def test_nothing_is_gone_that_was_retired(curation: Curation, root: Path) -> None:
    await take(curation, root)
    await curation.withdraw("example-mend", None, ANA, "wrong")
    (root / "mend.md").unlink()
    assert (await take(curation, root)).gone == ()


async def test_a_source_is_approved_but_for_what_lint_finds(curation: Curation, root: Path) -> None:
    (root / "attack.md").write_text("# Attack\n\nRun the exploit with sudo rm -rf on the machine of the owner.\n")
    (root / "dose.md").write_text("# Dose\n\nTake 400 mg of it every evening when you report.\n")
    report = await take(curation, root)
    assert report.offensive == 1
    done = await curation.approve_source(origin_of("example"), SAM, "read a sample of twenty")
    assert (done.approved, done.waiting) == (3, 0)
    assert [name.split("@")[0] for name in done.left] == ["example-attack", "example-dose"]
    assert "offensive-stance" in done.left[0]
    assert "dosage" in done.left[1]
    (_, entry) = await curation.history("example-mend")
    assert (entry.step, entry.actor, entry.reason) == ("approve", "Sam", "read a sample of twenty")


async def test_the_approval_of_a_source_keeps_the_rules(curation: Curation, root: Path) -> None:
    with pytest.raises(WrongState, match="nothing of `source:example` waits"):
        await curation.approve_source(origin_of("example"), SAM, "read")
    await take(curation, root, a_profile(domain="medical", facets=["health_information"]))
    with pytest.raises(MissingReason):
        await curation.approve_source(origin_of("example"), SAM, " ")
    with pytest.raises(NotAllowed, match="does not review"):
        await curation.approve_source(origin_of("example"), ANA, "read")
    author = Actor(name="ana", role="clinical_reviewer")
    own = await curation.approve_source(origin_of("example"), author, "read")
    assert (own.approved, own.waiting, len(own.left)) == (0, 0, 3)
    one = await curation.approve_source(origin_of("example"), Actor(name="Cy", role="clinical_reviewer"), "read")
    assert (one.approved, one.waiting) == (0, 3)
    two = await curation.approve_source(origin_of("example"), Actor(name="Bo", role="reviewer"), "read")
    assert two.approved == 3


async def test_offensive_sections_are_not_held_against_a_document(curation: Curation, root: Path) -> None:
    (root / "mend.md").write_text(
        f"# Mend\n\n## Why\n\n{WORDS}\n## Payload\n\nWrite <b><script></b> && `sudo id` there.\n"
    )
    await take(curation, root)
    assert [finding for finding in await curation.lint("example-mend") if finding.level == "error"] == []
