"""Whether what a turn depends on works, in words for ``/readyz``."""

from __future__ import annotations

from typing import NamedTuple

from agent.desk import Desk
from agent.errors import RecordsUnavailable
from agent.ports import Records
from retrieval.errors import RetrievalError
from retrieval.index import require_match
from retrieval.ports import Embedder, VectorStore


class Check(NamedTuple):
    """Whether a dependency works, and what it says."""

    ok: bool
    detail: str


async def of_guidance(store: VectorStore, embedder: Embedder, desk: Desk) -> Check:
    """A release is being served, this embedder can search it, and withdrawals are known."""
    health = await store.health()
    if (age := desk.stale_for()) is not None:
        return Check(False, f"withdrawals were last read {age:.0f} s ago; see the log for `library_watch_failed`")
    if health.release is None:
        return Check(False, health.detail or "no release")
    try:
        require_match(health.release, embedder)
    except RetrievalError as error:
        return Check(False, str(error))
    return Check(True, health.detail or f"release {health.release.id}")


async def of_records(records: Records) -> Check:
    """The records can be read."""
    try:
        await records.read(limit=1)
    except RecordsUnavailable as error:
        return Check(False, str(error))
    return Check(True, "readable")
