"""The desk of those who keep the library: editorial work, publishing, and what turns say about the library.

The HTTP API and the command line use the same one; there is no second path.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

from agent.audit import Entry
from agent.background import running
from agent.errors import RecordsUnavailable
from agent.gaps import KIND as GAP
from agent.gaps import Gap, cluster_gaps
from agent.ports import Records
from agent.recall import AffectedTurn, affected_turns
from agent.sealing import Sealer
from corpora.curation import Curation, Revision
from corpora.errors import CorporaError
from corpora.intake import SourceApproval
from corpora.lifecycle import Actor
from retrieval.errors import RetrievalError
from retrieval.gloss import reading
from retrieval.index import Progress
from retrieval.models import SearchFilter, SearchResult
from retrieval.ports import Embedder
from retrieval.publisher import Published, Publisher
from retrieval.search import Searcher
from retrieval.withdrawals import Withdrawals

WATCH_S: Final = 1.0
"""How due a running service looks whether another process has changed the library."""
_EXPIRY_EVERY: Final = 600
"""Looks between two looks for what changes without an entry: revisions past their ``review_by``, which searches leave out by
themselves, and a switch whose publisher died before it was entered."""

STALE_S: Final = 15.0
"""Withdrawals that were last read longer ago make the service not ready."""

logger = logging.getLogger(__name__)


class Desk:
    """Everything that can be done with the library. ``curation`` holds the editorial work."""

    def __init__(
        self,
        curation: Curation,
        publisher: Publisher,
        withdrawals: Withdrawals,
        searcher: Searcher,
        records: Records,
        embedder: Callable[[], Embedder],
        sealer: Sealer,
    ) -> None:
        self.curation = curation
        self.publisher = publisher
        self._withdrawals = withdrawals
        self._searcher = searcher
        self._records = records
        self._embedder = embedder
        self._seen_at: float | None = None
        self._sealer = sealer

    async def publish(
        self, actor: Actor, reason: str = "", documents: Collection[str] = (), *, progress: Progress | None = None
    ) -> Published:
        """See ``Publisher.publish``; the next turn of this process knows."""
        done = await self.publisher.publish(actor, reason, documents, progress=progress)
        await self._record("publish", actor, reason, release=done.release.id, published=list(done.published))
        return done

    async def rollback(self, actor: Actor, reason: str, release_id: str | None = None) -> Published:
        """See ``Publisher.rollback``; the next turn of this process knows."""
        done = await self.publisher.rollback(actor, reason, release_id)
        await self._record("rollback", actor, reason, release=done.release.id, taken_out=list(done.taken_out))
        return done

    async def approve(self, document_id: str, revision: str | None, actor: Actor, reason: str = "") -> Revision:
        """See ``Curation.approve``."""
        done = await self.curation.approve(document_id, revision, actor, reason)
        await self._record("approve", actor, reason, revisions=[f"{done.document_id}@{done.revision}"])
        return done

    async def approve_source(self, origin: str, actor: Actor, reason: str) -> SourceApproval:
        """See ``Curation.approve_source``."""
        done = await self.curation.approve_source(origin, actor, reason)
        await self._record("approve", actor, reason, source=origin, approved=done.approved, waiting=done.waiting)
        return done

    async def reject(self, document_id: str, revision: str | None, actor: Actor, reason: str) -> Revision:
        """See ``Curation.reject``."""
        done = await self.curation.reject(document_id, revision, actor, reason)
        await self._record("reject", actor, reason, revisions=[f"{done.document_id}@{done.revision}"])
        return done

    async def withdraw(self, document_id: str, revision: str | None, actor: Actor, reason: str) -> tuple[Revision, ...]:
        """See ``Curation.withdraw``; the next turn of this process knows, other processes within ``WATCH_S``."""
        done = await self.curation.withdraw(document_id, revision, actor, reason)
        await self._record("withdraw", actor, reason, revisions=[f"{r.document_id}@{r.revision}" for r in done])
        return done

    async def retire(self, document_id: str, revision: str | None, actor: Actor, reason: str) -> tuple[Revision, ...]:
        """See ``Curation.retire``; known as a withdrawal is."""
        done = await self.curation.retire(document_id, revision, actor, reason)
        await self._record("retire", actor, reason, revisions=[f"{r.document_id}@{r.revision}" for r in done])
        return done

    async def _record(self, step: str, actor: Actor, reason: str, **what: object) -> None:
        """Searches of this process know of the step, and it is on the chained record.

        The history of the library has it already: a record that cannot be written must not hide a withdrawal.
        """
        await self._withdrawals.refresh()
        body = {"step": step, "actor": actor.name, "role": actor.role, "reason": reason, **what}
        by = actor.via or "command line"
        entry = Entry(
            kind="corpus", turn_id="", thread_id="", tenant="default", at=datetime.now(UTC), body={**body, "by": by}
        )
        try:
            await self._records.append(entry)
        except RecordsUnavailable as error:
            logger.error("step not recorded: %s", error, extra={"action": "corpus_record_lost", "step": step})

    async def affected(self, document_id: str, revision: str | None = None) -> list[AffectedTurn]:
        """Turns that cited the document, or one revision of it. Raises ``UnknownRevision`` or ``RecordsUnavailable``."""
        turns = affected_turns(await self._records.read(), document_id, revision)
        if not turns:
            await self.curation.text(document_id, revision)  # a name that never was must not pass for one nobody read
        return turns

    async def gaps(self, tenant: str | None = None) -> list[Gap]:
        """What turns asked and found no guidance for, by kind, most asked first; of one tenant when named.

        Raises ``RecordsUnavailable``.
        """
        asked = [r for r in await self._records.read() if r.kind == GAP and tenant in (None, r.tenant)]
        if not asked:
            return []
        records = [await self._sealer.opened(record) for record in asked]
        embedder = await asyncio.to_thread(self._embedder)
        return await asyncio.to_thread(cluster_gaps, records, embedder.embed)

    async def search(self, query: str, wanted: SearchFilter, limit: int) -> SearchResult:
        """What a turn would find that answers ``query``. Raises ``RetrievalError``."""
        await self._withdrawals.refresh()
        embedder = await asyncio.to_thread(self._embedder)
        text = await asyncio.to_thread(reading, query, wanted.languages[0])
        vector = (await asyncio.to_thread(embedder.embed, [text]))[0]
        return await self._searcher.search(query, vector, wanted, limit)

    def stale_for(self) -> float | None:
        """Seconds since withdrawals were last read, when that is too long; ``None`` while all is well or nobody watches."""
        if self._seen_at is None:
            return None
        age = time.monotonic() - self._seen_at
        return age if age > STALE_S else None

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """What other processes do to the library takes effect here within ``WATCH_S`` and a bit.

        Raises ``CorpusStoreUnavailable`` when withdrawals cannot be read even once: nothing may be served then.
        """
        await self._withdrawals.refresh()
        self._seen_at = time.monotonic()
        async with running(self._watch(), "library watch"):
            yield

    async def _watch(self) -> None:
        failing = False
        looks = 0
        while True:
            await asyncio.sleep(WATCH_S)
            looks += 1
            try:
                due = looks % _EXPIRY_EVERY == 0
                if due:
                    await self.curation.expire_due()
                if await self._withdrawals.refresh() or due:
                    await self.publisher.catch_up()
                failing = False
                self._seen_at = time.monotonic()
            except (CorporaError, RetrievalError) as error:
                if not failing:
                    logger.error("library not watched: %s", error, extra={"action": "library_watch_failed"})
                failing = True
