"""Publishing: what is served is one whole release at any moment, whoever works on it and whatever dies."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import retrieval.publisher
from corpora.document import Document
from corpora.errors import (
    MissingReason,
    NothingToPublish,
    PublisherBusy,
    SectionError,
    UnknownRelease,
    UnknownRevision,
    WrongState,
)
from corpora.store import RevisionInfo
from retrieval.adapters.memory import MemoryStore
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.errors import EmptyIndex
from tests.unit.retrieval.library import ANA, BO, CY, PAT, Library, open_library

Write = Callable[..., Path]


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    """A library over vectors in memory."""
    async with open_library(tmp_path, MemoryStore()) as opened:
        yield opened


@pytest.fixture
async def on_disk(tmp_path: Path) -> AsyncIterator[Library]:
    """A library over vectors on disk."""
    async with open_library(tmp_path) as opened:
        yield opened


async def test_what_is_approved_is_published_and_found(library: Library) -> None:
    name = await library.bring("poison", "Call the poison line when someone swallowed bleach.")
    done = await library.publisher.publish(PAT, "first")
    assert (done.published, done.taken_out) == ((name,), ())
    assert done.release.id == await library.serving() == f"0001-{done.release.content_hash[:12]}"
    assert await library.states() == {name: "published"}
    assert await library.found("someone swallowed bleach poison line") == [name]
    entry = (await library.curation.history("med-poison"))[-1]
    assert (entry.step, entry.actor, entry.reason, entry.release) == ("publish", "Pat", "first", done.release.id)


async def test_nothing_is_published_without_approvals(library: Library) -> None:
    with pytest.raises(NothingToPublish, match="no approved revision waits to be published; see"):
        await library.publisher.publish(PAT)
    name = await library.bring("poison", approve=False)
    with pytest.raises(NothingToPublish, match=f"1 wait for review, first `{name}`"):
        await library.publisher.publish(PAT)
    with pytest.raises(WrongState, match=r"no revision of `med-poison` is approved: .* is `draft`"):
        await library.publisher.publish(PAT, documents=["med-poison"])
    with pytest.raises(UnknownRevision, match="no document `med-none`"):
        await library.publisher.publish(PAT, documents=["med-none"])
    assert await library.serving() == ""


async def test_only_the_named_documents_are_published(library: Library) -> None:
    first, second = await library.bring("poison"), await library.bring("fracture")
    await library.publisher.publish(PAT, documents=["med-fracture"])
    assert await library.states() == {first: "approved", second: "published"}


async def test_a_new_revision_replaces_the_old_one_and_a_rollback_brings_it_back(library: Library) -> None:
    old = await library.bring("poison", "Call the poison line about bleach.")
    first = (await library.publisher.publish(PAT)).release
    new = await library.bring("poison", "Call the poison line about lye.")
    second = await library.publisher.publish(PAT)
    assert (second.published, second.taken_out) == ((new,), (old,))
    assert await library.states() == {old: "retired", new: "published"}
    back = await library.publisher.rollback(PAT, "a mistake")
    assert (back.release.id, back.published, back.taken_out) == (first.id, (old,), (new,))
    assert await library.states() == {old: "published", new: "approved"}
    assert await library.found("poison line bleach") == [old]
    with pytest.raises(UnknownRelease, match="no release was live before"):
        await library.publisher.rollback(PAT, "further")
    again = await library.publisher.publish(PAT)
    assert again.release.id == second.release.id  # equal content is not built twice
    assert await library.states() == {old: "retired", new: "published"}


async def test_a_rollback_to_a_release_that_the_store_dropped_builds_it_again(on_disk: Library, tmp_path: Path) -> None:
    name = await on_disk.bring("poison")
    first = (await on_disk.publisher.publish(PAT)).release
    await on_disk.bring("fracture")
    await on_disk.publisher.publish(PAT)
    shutil.rmtree(tmp_path / "index" / "releases" / first.id)
    await on_disk.publisher.rollback(PAT, "back", first.id)
    assert await on_disk.serving() == first.id
    assert await on_disk.found("poison") == [name]
    with pytest.raises(UnknownRelease, match=rf"no release `0009-none` was ever live; expected one of `{first.id}`"):
        await on_disk.publisher.rollback(PAT, "back", "0009-none")


async def test_a_withdrawal_needs_no_rebuild_and_outlives_a_rollback(library: Library) -> None:
    old = await library.bring("poison", "Call the poison line about bleach.")
    await library.publisher.publish(PAT)
    await library.bring("fracture")
    release = (await library.publisher.publish(PAT)).release
    await library.curation.withdraw("med-poison", None, BO, "wrong")
    assert await library.withdrawals.refresh()
    assert await library.found("poison line bleach") == []
    assert await library.serving() == release.id
    await library.publisher.rollback(PAT, "back")
    await library.withdrawals.refresh()
    assert (await library.states())[old] == "withdrawn"
    assert await library.found("poison line bleach") == []


async def test_an_older_revision_may_be_served_while_a_later_one_is_withdrawn(library: Library) -> None:
    old = await library.bring("poison", "Call the poison line about bleach.")
    await library.publisher.publish(PAT)
    new = await library.bring("poison", "Call the poison line about lye.")
    await library.publisher.publish(PAT)
    await library.curation.withdraw("med-poison", new.split("@")[1], BO, "wrong")
    await library.publisher.rollback(PAT, "back")
    await library.withdrawals.refresh()
    assert await library.found("poison line bleach") == [old]


async def test_a_revision_rejected_while_it_was_built_is_not_published(library: Library) -> None:
    first = await library.bring("poison")
    before = (await library.publisher.publish(PAT)).release
    name = await library.bring("fracture")
    build = library.vectors.build

    async def rejected_meanwhile(*args: object) -> None:
        await build(*args)
        await library.curation.reject("med-fracture", None, CY, "wrong")

    library.vectors.build = rejected_meanwhile
    with pytest.raises(WrongState, match=f"`{name}` became `draft` while the release was built; nothing was published"):
        await library.publisher.publish(PAT)
    assert await library.serving() == before.id
    assert await library.states() == {first: "published", name: "draft"}


async def test_an_approval_that_a_later_revision_has_overtaken_does_not_come_back(library: Library) -> None:
    old = await library.bring("poison", "Call the poison line about bleach.")
    new = await library.bring("poison", "Call the poison line about lye.")
    done = await library.publisher.publish(PAT)
    assert (done.published, done.taken_out) == ((new,), ())
    assert await library.states() == {old: "retired", new: "published"}
    with pytest.raises(NothingToPublish):
        await library.publisher.publish(PAT)


async def test_a_publisher_that_lost_its_lease_switches_nothing(library: Library) -> None:
    await library.bring("poison")
    build = library.vectors.build

    async def taken_over_meanwhile(*args: object) -> None:
        await build(*args)
        async with library.store.writing() as ledger:
            await ledger.set_lease("publish", "Zoe|elsewhere|1|abcd", datetime.now(UTC) + timedelta(seconds=30))

    library.vectors.build = taken_over_meanwhile
    with pytest.raises(PublisherBusy, match="another publisher took over while the release was built; nothing was"):
        await library.publisher.publish(PAT)
    assert await library.serving() == ""
    with pytest.raises(PublisherBusy, match="`Zoe` is publishing"):
        await library.publisher.publish(PAT)


async def test_a_rollback_needs_a_reason(library: Library) -> None:
    with pytest.raises(MissingReason, match="cannot roll back without a reason"):
        await library.publisher.rollback(PAT, " ")


async def test_an_approved_text_that_a_later_version_refuses_stops_the_publish(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await library.bring("poison")
    before = (await library.publisher.publish(PAT)).release
    name = await library.bring("fracture")
    read = retrieval.publisher.parsed

    def stricter(info: RevisionInfo, texts: dict[tuple[str, str], bytes]) -> Document:
        if info.document_id == "med-fracture":
            raise SectionError(info.path, 7, "is refused now")
        return read(info, texts)

    monkeypatch.setattr(retrieval.publisher, "parsed", stricter)
    with pytest.raises(WrongState, match=rf"`{name}` can no longer be read; nothing was published"):
        await library.publisher.publish(PAT)
    assert await library.serving() == before.id
    assert await library.states() == {first: "published", name: "approved"}


async def test_of_two_publishers_one_is_told_to_wait(library: Library) -> None:
    await library.bring("poison")
    done = await asyncio.gather(*(library.publisher.publish(PAT) for _ in range(2)), return_exceptions=True)
    (busy,) = [each for each in done if isinstance(each, BaseException)]
    assert isinstance(busy, PublisherBusy)
    assert str(busy) == "`Pat` is publishing; wait for the release to be built, then try again"
    assert len(await library.publisher.releases()) == 1
    assert await library.serving() == "0001-" + (await library.publisher.releases())[0][0].content_hash[:12]


async def test_a_publisher_of_another_machine_that_died_is_waited_for_and_no_longer(library: Library) -> None:
    await library.bring("poison")
    until = datetime.now(UTC) + timedelta(seconds=30)
    async with library.store.writing() as ledger:
        await ledger.set_lease("publish", "Zoe|elsewhere|1|abcd", until)
    with pytest.raises(PublisherBusy, match="`Zoe` is publishing"):
        await library.publisher.publish(PAT)
    async with library.store.writing() as ledger:
        await ledger.set_lease("publish", "Zoe|elsewhere|1|abcd", datetime.now(UTC) - timedelta(seconds=1))
    assert (await library.publisher.publish(PAT)).published


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_publisher_killed_before_or_after_the_switch_leaves_a_whole_release(
    on_disk: Library, tmp_path: Path, moment: str
) -> None:
    old = await on_disk.bring("poison", "Call the poison line about bleach.")
    first = (await on_disk.publisher.publish(PAT)).release
    new = await on_disk.bring("poison", "Call the poison line about lye.")
    command = [sys.executable, "-m", "tests.unit.retrieval.library", str(tmp_path), moment]
    died = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=120)
    assert died.returncode == -9, died.stderr
    if moment == "before":
        assert await on_disk.serving() == first.id
        assert await on_disk.found("poison line bleach") == [old]
        done = await on_disk.publisher.publish(PAT)  # at once: the dead process is recognised
        assert done.published == (new,)
    else:
        assert await on_disk.serving() != first.id
        assert await on_disk.found("poison line lye") == [new]
        await on_disk.bring("fracture")
        await on_disk.publisher.publish(PAT)
        steps = [(entry.step, entry.actor, entry.reason) for entry in await on_disk.curation.history("med-poison")]
        assert ("publish", "Pat", "a crash") in steps
        assert ("supersede", "Pat", "a crash") in steps
    assert await on_disk.states() == {**await on_disk.states(), old: "retired", new: "published"}


async def test_a_trusted_folder_is_served_at_once_and_then_costs_nothing(library: Library, write: Write) -> None:
    root = write("poison", "Call the poison line when someone swallowed bleach.")
    release = (await library.publisher.ensure(root, "folder")).release
    assert set((await library.states()).values()) == {"published"}
    library.publisher._embedder = _counting(library.embedder, calls := [])
    assert (await library.publisher.ensure(root, "folder")).release == release
    assert calls == []
    write("poison", "Quite another text now.")
    second = (await library.publisher.ensure(root, "folder")).release
    assert (second.number, len(second.documents)) == (2, 1)
    forced = (await library.publisher.ensure(root, "folder", force=True)).release
    assert (forced.number, forced.content_hash) == (3, second.content_hash)


async def test_broken_files_are_named_at_every_start(library: Library, write: Write) -> None:
    root = write("poison")
    release = (await library.publisher.ensure(root, "folder")).release
    (root / "broken.md").write_text("nothing")
    for _ in range(2):
        again, (problem,) = await library.publisher.ensure(root, "folder")
        assert again == release
        assert problem.startswith(f"{root}/broken.md:1: ")


async def test_what_people_published_stays_beside_the_folder(library: Library, write: Write) -> None:
    root = write("poison")
    await library.publisher.ensure(root, "folder")
    name = await library.bring("fracture")
    release = (await library.publisher.publish(PAT)).release
    assert (await library.publisher.ensure(root, "folder")).release == release
    write("burns")
    after = (await library.publisher.ensure(root, "folder")).release
    assert [entry.id for entry in after.documents] == ["med-burns", "med-fracture", "med-poison"]
    assert (await library.states())[name] == "published"


async def test_a_start_does_not_undo_a_rollback_nor_a_withdrawal(library: Library, write: Write) -> None:
    root = write("poison")
    first = (await library.publisher.ensure(root, "folder")).release
    await library.bring("fracture")
    await library.publisher.publish(PAT)
    await library.publisher.rollback(PAT, "back")
    assert (await library.publisher.ensure(root, "folder")).release.id == first.id == await library.serving()
    await library.curation.withdraw("med-poison", None, BO, "wrong")
    assert (await library.publisher.ensure(root, "folder")).release.id == first.id


async def test_another_embedder_makes_another_release(library: Library, write: Write) -> None:
    root = write("poison")
    await library.publisher.ensure(root, "folder")
    library.embedder = HashingEmbedder(32)
    assert (await library.publisher.ensure(root, "folder")).release.embedder == "hashing-32"


async def test_a_store_that_lost_its_files_gets_the_release_on_record_again(
    on_disk: Library, write: Write, tmp_path: Path
) -> None:
    root = write("poison")
    release = (await on_disk.publisher.ensure(root, "folder")).release
    shutil.rmtree(tmp_path / "index")
    assert (await on_disk.publisher.ensure(root, "folder")).release == release
    assert await on_disk.serving() == release.id


async def test_a_replica_with_files_of_its_own_catches_up(on_disk: Library, tmp_path: Path) -> None:
    await on_disk.bring("poison")
    release = (await on_disk.publisher.publish(PAT)).release
    (tmp_path / "replica").mkdir()
    other = Library(on_disk.store, type(on_disk.vectors)(tmp_path / "replica"))
    await other.publisher.catch_up()
    assert await other.serving() == release.id
    assert len(await other.publisher.releases()) == 1


async def test_a_folder_without_a_published_document_never_replaces_what_is_served(
    library: Library, write: Write, tmp_path: Path
) -> None:
    root = write("poison")
    release = (await library.publisher.ensure(root, "folder")).release
    write("poison", status="retired")
    with pytest.raises(EmptyIndex, match="holds no published document"):
        await library.publisher.ensure(root, "folder")
    assert await library.serving() == release.id


async def test_expired_revisions_are_in_no_later_release(library: Library, write: Write) -> None:
    root = write("poison")
    write("old")
    text = (root / "medical" / "old.md").read_text().replace("review_by: 2027-04-01", "review_by: 2026-11-20")
    (root / "medical" / "old.md").write_text(text)
    release = (await library.publisher.ensure(root, "folder")).release
    assert [entry.id for entry in release.documents] == ["med-poison"]
    assert "expired" in (await library.states()).values()
    assert ANA.name not in {entry.actor for entry in await library.curation.history("med-old")}


def _counting(embedder: HashingEmbedder, calls: list[int]) -> Callable[[], HashingEmbedder]:
    class Counting(HashingEmbedder):
        def embed(self, texts):
            calls.append(len(texts))
            return embedder.embed(texts)

    return lambda: Counting(embedder.dimension)
