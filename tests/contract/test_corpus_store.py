"""What the library's store promises on SQLite and on PostgreSQL, with the engine that the service opens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from agent.adapters.database import open_database
from agent.settings import Settings
from corpora.curation import Curation
from corpora.errors import NotAllowed, WrongState
from corpora.folders import Incoming
from corpora.lifecycle import Actor, Status, Step
from corpora.review_rules import load_review_rules
from corpora.store import CorpusStore, RevisionInfo, Standing
from retrieval.adapters.memory import MemoryStore
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.publisher import Publisher
from retrieval.withdrawals import Withdrawals
from tests.unit.corpora.conftest import GOOD

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANA = Actor(name="Ana", role="editor")


def info(document_id: str = "med-a", revision: str = "0" * 12) -> RevisionInfo:
    return RevisionInfo(
        seq=0,
        document_id=document_id,
        revision=revision,
        content_hash=revision.ljust(64, "0"),
        path=f"{document_id}.md",
        title="A title, наименование, 标题",
        domain="medical",
        locale="en",
        review_by=date(2027, 1, 1),
        unverified=0,
        author="Ana",
        origin="import",
        created_at=AT,
    )


@pytest.fixture
async def store(storage: Settings) -> AsyncIterator[CorpusStore]:
    async with open_database(storage) as engine:
        opened = CorpusStore(engine)
        await opened.open()
        yield opened


async def enter(store: CorpusStore, *infos: RevisionInfo) -> list[Standing]:
    async with store.writing() as ledger:
        await ledger.add([(each, b"\xef\xbb\xbftext\r\n") for each in infos])
        names = [(each.document_id, each.revision) for each in infos]
        await ledger.begin(names, Step.IMPORT, Status.DRAFT, ANA, AT, "first")
        return await ledger.standings()


async def test_a_revision_keeps_its_bytes_and_its_facts(store: CorpusStore) -> None:
    (standing,) = await enter(store, info())
    assert standing.info == info().model_copy(update={"seq": 1})
    assert (standing.status, standing.last.reason, standing.last.at) == (Status.DRAFT, "first", AT)
    async with store.reading() as ledger:
        assert await ledger.text("med-a", "0" * 12) == b"\xef\xbb\xbftext\r\n"
        assert await ledger.texts([("med-a", "0" * 12), ("med-a", "f" * 12)]) == {
            ("med-a", "0" * 12): b"\xef\xbb\xbftext\r\n"
        }


async def test_the_state_is_that_of_the_last_step_and_every_step_is_kept(store: CorpusStore) -> None:
    standings = await enter(store, info(), info("med-b", "1" * 12))
    async with store.writing() as ledger:
        await ledger.take(standings[:1], Step.SUBMIT, ANA, AT, "please")
    async with store.reading() as ledger:
        assert [standing.status for standing in await ledger.standings()] == [Status.IN_REVIEW, Status.DRAFT]
        assert [entry.step for entry in await ledger.history("med-a")] == [Step.IMPORT, Step.SUBMIT]
        assert [entry.document_id for entry in await ledger.history(limit=2)] == ["med-b", "med-a"]
        assert await ledger.version() == 3


async def test_an_error_inside_undoes_all_of_a_transaction(store: CorpusStore) -> None:
    (standing,) = await enter(store, info())

    async def half() -> None:
        async with store.writing() as ledger:
            await ledger.add([(info("med-b"), b"x")])
            await ledger.take([standing], Step.SUBMIT, ANA, AT)
            await ledger.take([standing], Step.PUBLISH, ANA, AT)

    with pytest.raises(WrongState, match="cannot publish a revision that is `draft`"):
        await half()
    async with store.reading() as ledger:
        assert len(await ledger.standings()) == 1
        assert await ledger.version() == 1


async def test_what_is_barred_is_known_by_revision(store: CorpusStore) -> None:
    standings = await enter(store, info(), info("med-b", "1" * 12))
    async with store.writing() as ledger:
        await ledger.take(standings[:1], Step.WITHDRAW, ANA, AT, "wrong")
    async with store.reading() as ledger:
        assert await ledger.barred() == {"0" * 12}


async def test_releases_are_kept_with_who_switched_to_them(store: CorpusStore) -> None:
    async with store.writing() as ledger:
        await ledger.add_release(1, "0001-a", "{}", ANA, "first", AT)
        await ledger.add_release(2, "0002-b", "{}", ANA, "", AT)
        await ledger.activate("0001-a", "publish", ANA, "", AT)
        await ledger.activate("0002-b", "publish", ANA, "", AT)
    async with store.reading() as ledger:
        assert [release.id for release in await ledger.releases()] == ["0001-a", "0002-b"]
        assert [each.release for each in await ledger.activations()] == ["0002-b", "0001-a"]
        assert await ledger.last_number() == 2
        assert (await ledger.release("0003-c")) is None


async def test_a_lease_is_held_by_one_and_let_go_by_that_one(store: CorpusStore) -> None:
    async with store.writing() as ledger:
        await ledger.set_lease("publish", "a", AT)
        await ledger.set_lease("publish", "a", AT + timedelta(seconds=5))
        await ledger.drop_lease("publish", "b")
        assert await ledger.lease("publish") == ("a", AT + timedelta(seconds=5))
        await ledger.drop_lease("publish", "a")
        assert await ledger.lease("publish") is None


async def test_the_folder_last_read_is_remembered(store: CorpusStore) -> None:
    async with store.writing() as ledger:
        await ledger.set_folder("library", "a" * 64, "")
        await ledger.set_folder("library", "b" * 64, "x:1: y")
        assert await ledger.folder("library") == ("b" * 64, "x:1: y")
        assert await ledger.folder("other") is None


async def test_writers_take_turns_and_none_is_lost(store: CorpusStore) -> None:
    async def one(number: int) -> None:
        async with store.writing() as ledger:
            before = await ledger.version()
            await ledger.add([(info(f"med-{number}"), b"x")])
            await ledger.begin([(f"med-{number}", "0" * 12)], Step.IMPORT, Status.DRAFT, ANA, AT, "")
            assert await ledger.version() == before + 1

    await asyncio.gather(*(one(number) for number in range(8)))
    async with store.reading() as ledger:
        assert len(await ledger.standings()) == 8


async def test_two_approvals_by_one_person_at_once_count_once(store: CorpusStore) -> None:
    curation = Curation(store, load_review_rules(), lambda: AT)
    await curation.import_files([Incoming("a.md", GOOD.encode())], ANA)
    await curation.submit("med-fixture-fever", None, ANA)
    cy = Actor(name="Cy", role="clinical_reviewer")
    done = await asyncio.gather(
        *(curation.approve("med-fixture-fever", None, cy) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(each) is NotAllowed for each in done) == [False, True]
    (seen,) = await curation.revisions()
    assert (seen.status, seen.approvals) == (Status.IN_REVIEW, {"Cy": "clinical_reviewer"})


async def test_of_two_publishers_at_once_one_publishes_and_history_has_it_once(store: CorpusStore) -> None:
    curation = Curation(store, load_review_rules(), lambda: AT)
    vectors = MemoryStore()
    publisher = Publisher(store, vectors, lambda: HashingEmbedder(64), curation)
    await curation.import_files([Incoming("a.md", GOOD.encode())], ANA)
    await curation.submit("med-fixture-fever", None, ANA)
    for name, role in (("Bo", "reviewer"), ("Cy", "clinical_reviewer")):
        await curation.approve("med-fixture-fever", None, Actor(name=name, role=role))
    done = await asyncio.gather(*(publisher.publish(ANA) for _ in range(2)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["Published", "PublisherBusy"]
    assert [entry.step for entry in await curation.history()].count(Step.PUBLISH) == 1
    assert (await publisher.live()) == (await vectors.health()).release.id
    (only,) = await curation.withdraw("med-fixture-fever", None, ANA, "wrong")
    withdrawals = Withdrawals(store)
    await withdrawals.refresh()
    assert withdrawals.current() == {only.revision}
