"""The editorial work, from a file to a review and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from corpora.curation import Curation, split_name
from corpora.errors import LintFailed, MissingReason, NotAllowed, UnknownRevision, WrongState
from corpora.folders import Incoming, write_folder
from corpora.library import BUNDLED_LIBRARY
from corpora.lifecycle import Actor, Status
from corpora.review_rules import load_review_rules
from corpora.store import CorpusStore
from tests.unit.corpora.conftest import ANA, BO, CY, NOW

Write = Callable[[str, str | bytes], Path]
DOC = "med-fixture-fever"


@pytest.fixture
def bring(curation: Curation, good: str) -> Callable[..., object]:
    """Imports the good text, with pieces replaced."""

    async def to(*changes: tuple[str, str], path: str = "medical/en/a.md", author: Actor = ANA) -> str:
        text = good
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        report = await curation.import_files([Incoming(path, text.encode())], author)
        assert report.problems == ()
        return report.documents[0].revision

    return to


async def test_a_folder_comes_in_and_goes_out_byte_for_byte(curation: Curation, tmp_path: Path) -> None:
    report = await curation.import_folder(BUNDLED_LIBRARY / "licensing", ANA)
    assert (report.count("unchanged"), report.problems) == (0, ())
    write_folder(tmp_path / "out", dict(await curation.files()))
    for document in report.documents:
        assert (tmp_path / "out" / document.path).read_bytes() == (
            BUNDLED_LIBRARY / "licensing" / document.path
        ).read_bytes()
    again = await curation.import_folder(tmp_path / "out", BO)
    assert again.count("unchanged") == len(report.documents)


async def test_whatever_the_front_matter_says_an_import_is_a_draft(curation: Curation, bring) -> None:
    revision = await bring()
    (seen,) = await curation.revisions(DOC)
    assert (seen.revision, seen.status, seen.author, seen.since) == (revision, Status.DRAFT, "Ana", NOW)


async def test_a_changed_text_is_a_revision_beside_the_old_one(curation: Curation, bring) -> None:
    first = await bring()
    second = await bring(("A child has a fever", "A child has a high fever"))
    assert [seen.revision for seen in await curation.revisions(DOC)] == [first, second]
    assert "-title: A child has a fever" in await curation.diff(DOC)
    assert await curation.diff(DOC, second, second) == ""


async def test_two_reviewers_one_of_them_clinical_approve(curation: Curation, bring) -> None:
    await bring()
    assert (await curation.submit(DOC, None, ANA)).missing == "2 of 2, 1 of role `clinical_reviewer`"
    assert (await curation.approve(DOC, None, BO, "read it")).status is Status.IN_REVIEW
    done = await curation.approve(DOC, None, CY)
    assert (done.status, done.approvals) == (Status.APPROVED, {"Bo": "reviewer", "Cy": "clinical_reviewer"})
    assert [(entry.step, entry.actor, entry.reason) for entry in await curation.history(DOC)] == [
        ("import", "Ana", ""),
        ("submit", "Ana", ""),
        ("approve", "Bo", "read it"),
        ("approve", "Cy", ""),
    ]


async def test_the_author_does_not_approve_and_nothing_changes(curation: Curation, bring) -> None:
    await bring(author=CY)
    await curation.submit(DOC, None, ANA)
    with pytest.raises(NotAllowed, match="never approves their own"):
        await curation.approve(DOC, None, CY)
    assert len(await curation.history(DOC)) == 2


async def test_a_faulty_draft_is_not_submitted_and_the_faults_are_named(curation: Curation, bring) -> None:
    await bring(("A poison centre answers calls at any hour [s2].", "Give 120 mg of it. [s2]"))
    with pytest.raises(LintFailed, match=r"has faults that must be mended first \(1\)") as failed:
        await curation.submit(DOC, None, ANA)
    assert [finding.code for finding in failed.value.findings] == ["dosage"]
    (seen,) = await curation.revisions(DOC)
    assert seen.status is Status.DRAFT


async def test_a_rejection_needs_a_reason_and_a_reviewer(curation: Curation, bring) -> None:
    await bring()
    await curation.submit(DOC, None, ANA)
    with pytest.raises(MissingReason, match="cannot reject without a reason"):
        await curation.reject(DOC, None, BO, " ")
    with pytest.raises(NotAllowed, match="does not review"):
        await curation.reject(DOC, None, ANA, "no")
    assert (await curation.reject(DOC, None, BO, "unclear")).status is Status.DRAFT


async def test_a_withdrawal_takes_all_of_a_document_or_one_revision(curation: Curation, bring, store) -> None:
    first = await bring()
    second = await bring(("A child has a fever", "A child has a high fever"))
    (only,) = await curation.withdraw(DOC, first, BO, "wrong")
    assert (only.revision, only.status) == (first, Status.WITHDRAWN)
    (other,) = await curation.withdraw(DOC, None, BO, "all of it")
    assert other.revision == second
    with pytest.raises(WrongState, match="nothing of `med-fixture-fever` is left to withdraw"):
        await curation.withdraw(DOC, None, BO, "again")
    async with store.reading() as ledger:
        assert await ledger.barred() == {first, second}
    assert await curation.files() == []


async def test_what_does_not_exist_is_named_with_what_does(curation: Curation, bring) -> None:
    with pytest.raises(UnknownRevision, match="no document `med-none-such`"):
        await curation.submit("med-none-such", None, ANA)
    revision = await bring()
    with pytest.raises(UnknownRevision, match=rf"no single revision `ffffff` .*; expected one of `{revision}`"):
        await curation.text(DOC, "ffffff")
    info, data = await curation.text(DOC, revision[:8])
    assert info.name == f"{DOC}@{revision}"
    assert data.startswith(b"---\n")


async def test_two_drafts_must_be_told_apart(curation: Curation, bring) -> None:
    await bring()
    second = await bring(("A child has a fever", "A child has a high fever"))
    with pytest.raises(WrongState, match="several revisions could be meant"):
        await curation.submit(DOC, None, ANA)
    assert (await curation.submit(DOC, second, ANA)).status is Status.IN_REVIEW


async def test_a_revision_expires_by_itself_on_record(store: CorpusStore, bring) -> None:
    await bring()
    curation = Curation(store, load_review_rules(), lambda: NOW)
    await curation.submit(DOC, None, ANA)
    await curation.approve(DOC, None, BO)
    await curation.approve(DOC, None, CY)
    assert await curation.expire_due() == ()
    later = Curation(store, load_review_rules(), lambda: NOW + timedelta(days=200))
    (name,) = await later.expire_due()
    assert name.startswith(f"{DOC}@")
    assert (await later.history(DOC))[-1].step == "expire"
    assert [seen.document_id for seen in await later.expiring(timedelta(days=1))] == [DOC]


async def test_lint_sees_a_draft_beside_what_is_served(curation: Curation, bring) -> None:
    await bring(("id: med-fixture-fever", "id: med-fixture-fever-es"), ("status:", "translation_of: med-none\nstatus:"))
    codes = {finding.code for finding in await curation.lint(f"{DOC}-es")}
    assert "dead-link" in codes


async def test_files_can_be_checked_without_being_stored(curation: Curation, good: str) -> None:
    findings = await curation.lint_files([Incoming("a.md", good.encode()), Incoming("b.md", b"nothing")])
    assert ("b.md", "unreadable") in {(str(finding.path), finding.code) for finding in findings}
    assert await curation.revisions() == ()


def test_a_name_is_split_at_its_revision() -> None:
    assert split_name("med-a@0123456789ab") == ("med-a", "0123456789ab")
    assert split_name("med-a") == ("med-a", None)
