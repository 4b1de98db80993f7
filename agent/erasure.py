"""Making a person unreadable, and letting records go after their time. Both are on record themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from agent.access import thread_key
from agent.audit import Entry, Mark, Record
from agent.ports import Records, SubjectKeys
from agent.sealing import Sealer

PAGE: Final = 1_000
"""Records read at once."""


class Threads(Protocol):
    """What was said in conversations; every LangGraph checkpointer is one."""

    async def adelete_thread(self, thread_id: str) -> None:
        """Nothing of this thread is left."""
        ...


class Erased(NamedTuple):
    """What an erasure found."""

    keys: int
    threads: int
    records: int
    """Records about the person, which stay, without readable text."""


async def erase(
    *,
    tenant: str,
    subject: str,
    by: str,
    now: datetime,
    records: Records,
    keys: SubjectKeys,
    sealer: Sealer,
    threads: Threads,
) -> Erased:
    """No text of this person can be read any more: their keys are destroyed and their threads deleted. ``subject`` is the id
    that the frontend gave, or ``thread:<thread id>`` for a conversation without one.

    The erasure is on record first, by pseudonym; the chain still verifies.

    Raises:
        RecordsUnavailable: it could not be recorded, or not be carried out whole; run it again.
    """
    pseudonym = sealer.secret.pseudonym(tenant, subject)
    concerning = [record for record in await _all(records, pseudonym) if record.kind != "erasure"]
    found = {record.thread_id for record in concerning if record.thread_id}
    body: dict[str, object] = {"event": "erased", "by": by, "threads": len(found), "records": len(concerning)}
    await records.append(
        Entry(kind="erasure", turn_id="", thread_id="", tenant=tenant, subject=pseudonym, at=now, body=body)
    )
    destroyed = await keys.destroy(tenant, pseudonym)
    sealer.forget(tenant, pseudonym)
    for thread_id in sorted(found | _named(subject)):
        await threads.adelete_thread(thread_key(tenant, thread_id))
    return Erased(destroyed, len(found), len(concerning))


def _named(subject: str) -> set[str]:
    """The conversation that the subject stands for, if it is one: it may be older than its records."""
    prefix, _, thread_id = subject.partition(":")
    return {thread_id} if prefix == "thread" and thread_id else set()


async def retain(
    *,
    keep: timedelta,
    by: str,
    now: datetime,
    records: Records,
    sealer: Sealer,
    threads: Threads,
    dry_run: bool = False,
) -> int:
    """How many records were older than ``keep`` and are gone, and with the last record of a conversation what was said in it. The
    rest still verifies, from a signed anchor.

    Raises:
        RecordsUnavailable: it could not be recorded or carried out.
    """
    last, count, old = await _before(records, now - keep)
    if last is None or dry_run:
        return count
    for tenant, thread_id in old - await _after(records, last.seq):
        await threads.adelete_thread(thread_key(tenant, thread_id))
    anchor = sealer.secret.mark("anchor", last.seq, last.hash)
    body: dict[str, object] = {"event": "retention", "by": by, "through": last.seq, "hash": last.hash, "records": count}
    await records.append(Entry(kind="erasure", turn_id="", thread_id="", tenant="*", at=now, body=body))
    return await records.forget(anchor)


async def checkpoint(records: Records, sealer: Sealer) -> Mark | None:
    """A signed statement about the last record, for keeping where who can write the database cannot; ``None`` when there is
    no record."""
    head = (await records.marks()).head
    return None if head is None else sealer.secret.mark("checkpoint", head.seq, head.hash)


async def _all(records: Records, subject: str) -> list[Record]:
    found: list[Record] = []
    while page := await records.read(subject=subject, after=found[-1].seq if found else 0, limit=PAGE):
        found += page
    return found


async def _before(records: Records, moment: datetime) -> tuple[Record | None, int, set[tuple[str, str]]]:
    """The last of the oldest records that are all older than ``moment``, how many they are, and of which conversations."""
    last: Record | None = None
    count, of = 0, set[tuple[str, str]]()
    while page := await records.read(after=last.seq if last else 0, limit=PAGE):
        for record in page:
            if record.at >= moment:
                return last, count, of
            last, count = record, count + 1
            if record.thread_id:
                of.add((record.tenant, record.thread_id))
    return last, count, of


async def _after(records: Records, seq: int) -> set[tuple[str, str]]:
    """The conversations that later records are about."""
    of = set[tuple[str, str]]()
    while page := await records.read(after=seq, limit=PAGE):
        seq = page[-1].seq
        of.update((record.tenant, record.thread_id) for record in page)
    return of
