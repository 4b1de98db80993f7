"""Erasing a person and letting records go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agent.adapters.records_memory import MemoryRecords
from agent.audit import Entry, verify
from agent.erasure import Erased, checkpoint, erase, retain
from agent.errors import RecordsUnavailable
from agent.sealing import Sealed, Sealer, Secret

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECRET = Secret(bytes(32))


class Threads:
    """Remembers which threads were deleted."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    async def adelete_thread(self, thread_id: str) -> None:
        self.deleted.append(thread_id)


class Desk:
    """Records with a person or two."""

    def __init__(self) -> None:
        self.records = MemoryRecords(SECRET)
        self.sealer = Sealer(SECRET, self.records.keys)
        self.threads = Threads()

    async def say(self, subject: str, thread: str, text: str, at: datetime = NOW) -> Sealed:
        found = await self.sealer.seal(text, "full", tenant="acme", subject=subject, thread_id=thread, language="en")
        assert found is not None
        pseudonym = SECRET.pseudonym("acme", subject)
        body = {"text": found.sealed.model_dump()}
        entry = Entry(
            kind="decision", turn_id="u", thread_id=thread, tenant="acme", subject=pseudonym, at=at, body=body
        )
        await self.records.append(entry, found.keys)
        self.sealer.stored(found.keys)
        return found.sealed

    async def erase(self, subject: str) -> Erased:
        return await erase(
            tenant="acme",
            subject=subject,
            by="test",
            now=NOW,
            records=self.records,
            keys=self.records.keys,
            sealer=self.sealer,
            threads=self.threads,
        )

    async def retain(self, *, dry_run: bool = False) -> int:
        return await retain(
            keep=timedelta(days=365),
            by="test",
            now=NOW,
            records=self.records,
            sealer=self.sealer,
            threads=self.threads,
            dry_run=dry_run,
        )

    async def holds(self) -> bool:
        return verify(await self.records.read(), await self.records.marks(), SECRET) == []


async def test_the_texts_and_threads_of_the_person_are_gone_and_the_chain_holds():
    desk = Desk()
    ana = [await desk.say("ana", "t1", "my name is Ana"), await desk.say("ana", "t2", "again")]
    bo = await desk.say("bo", "t3", "I am Bo")
    assert await desk.erase("ana") == Erased(keys=1, threads=2, records=2)
    assert [await desk.sealer.unseal(sealed) for sealed in (*ana, bo)] == [None, None, "I am Bo"]
    assert desk.threads.deleted == ["acme/t1", "acme/t2"]
    assert await desk.holds()
    last = (await desk.records.read())[-1]
    assert (last.kind, last.body["by"]) == ("erasure", "test")
    assert "ana" not in last.model_dump_json()


async def test_erasing_again_or_nobody_finds_nothing_new():
    desk = Desk()
    await desk.say("ana", "t1", "hi")
    await desk.erase("ana")
    assert (await desk.erase("ana")).keys == 0
    assert await desk.erase("nobody") == Erased(0, 0, 0)
    assert await desk.holds()


async def test_what_cannot_be_recorded_is_not_erased():
    desk = Desk()
    sealed = await desk.say("ana", "t1", "hi")
    desk.records.fail = True
    with pytest.raises(RecordsUnavailable):
        await desk.erase("ana")
    assert await desk.sealer.unseal(sealed) == "hi"


async def test_records_go_after_their_time_and_the_rest_verifies():
    desk = Desk()
    for days in (400, 380, 10, 390, 0):
        await desk.say("ana", "t", "hi", NOW - timedelta(days=days))
    assert await desk.retain(dry_run=True) == 2
    assert len(await desk.records.read()) == 5
    assert await desk.retain() == 2
    assert [record.seq for record in await desk.records.read()] == [3, 4, 5, 6]
    assert await desk.holds()
    assert await desk.retain() == 0
    assert len(await desk.records.read()) == 4


async def test_what_was_said_goes_with_the_last_record_of_a_conversation():
    desk = Desk()
    for thread, days in (("old", 400), ("goes-on", 390), ("older", 380), ("goes-on", 1)):
        await desk.say("ana", thread, "hi", NOW - timedelta(days=days))
    await desk.retain(dry_run=True)
    assert desk.threads.deleted == []
    await desk.retain()
    assert sorted(desk.threads.deleted) == ["acme/old", "acme/older"]


async def test_a_conversation_whose_records_are_gone_can_be_erased():
    desk = Desk()
    assert await desk.erase("thread:t9") == Erased(0, 0, 0)
    assert desk.threads.deleted == ["acme/t9"]


async def test_a_checkpoint_states_the_last_record():
    desk = Desk()
    assert await checkpoint(desk.records, desk.sealer) is None
    await desk.say("ana", "t", "hi")
    mark = await checkpoint(desk.records, desk.sealer)
    assert mark is not None
    assert (mark.what, mark.seq, SECRET.signed(mark)) == ("checkpoint", 1, True)
