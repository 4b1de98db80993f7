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
    found = sorted({record.thread_id for record in concerning if record.thread_id})
    body: dict[str, object] = {"event": "erased", "by": by, "threads": len(found), "records": len(concerning)}
    await records.append(
        Entry(kind="erasure", turn_id="", thread_id="", tenant=tenant, subject=pseudonym, at=now, body=body)
    )
    destroyed = await keys.destroy(tenant, pseudonym)
    sealer.forget(tenant, pseudonym)
    for thread_id in found:
        await threads.adelete_thread(thread_key(tenant, thread_id))
    return Erased(destroyed, len(found), len(concerning))


async def retain(
    *, keep: timedelta, by: str, now: datetime, records: Records, sealer: Sealer, dry_run: bool = False
) -> int:
    """How many records were older than ``keep`` and are gone. The rest still verifies, from a signed anchor.

    Raises:
        RecordsUnavailable: it could not be recorded or carried out.
    """
    last, count = await _last_before(records, now - keep)
    if last is None or dry_run:
        return count
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


async def _last_before(records: Records, moment: datetime) -> tuple[Record | None, int]:
    """The last of the oldest records that are all older than ``moment``, and how many they are."""
    last: Record | None = None
    count = 0
    while page := await records.read(after=last.seq if last else 0, limit=PAGE):
        for record in page:
            if record.at >= moment:
                return last, count
            last, count = record, count + 1
    return last, count
