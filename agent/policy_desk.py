"""Changes of the policies in force. Each is on the chained record before it takes effect."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from agent.access import ANY_TENANT
from agent.audit import Entry
from agent.ports import Records
from policies.store import Act, Canary, State, VersionStore


class PolicyDesk:
    """What one person, called ``actor``, changes; ``via`` is the caller or the command line that says so.

    Every method raises ``StoreError`` when the store cannot be changed so, and ``RecordsUnavailable`` when the change cannot be put
    on record; then nothing has changed.
    """

    def __init__(self, store: VersionStore, records: Records, *, actor: str, via: str) -> None:
        self._store = store
        self._records = records
        self._actor = actor
        self._via = via

    async def publish(self, version: str, note: str) -> State:
        """The version is live."""
        return await self._do(
            "publish", version, note, lambda now: self._store.go_live(version, actor=self._actor, note=note, now=now)
        )

    async def roll_back(self, to: str | None, note: str) -> State:
        """This version is live again, or the one before the live one; for ``disk`` the files on disk are."""
        target = await asyncio.to_thread(self._store.rollback_target, to)
        return await self._do(
            "rollback",
            target,
            note,
            lambda now: self._store.roll_back(target or "disk", actor=self._actor, note=note, now=now),
        )

    async def shadow(self, version: str | None, note: str) -> State:
        """The version decides beside the live one; for ``None`` nothing does."""
        return await self._do(
            "shadow", version, note, lambda now: self._store.set_shadow(version, actor=self._actor, note=note, now=now)
        )

    async def canary(self, canary: Canary | None, note: str) -> State:
        """The version decides for a share of the threads; for ``None`` there is no canary."""
        version, share = (canary.version, canary.share) if canary else (None, None)
        return await self._do(
            "canary",
            version,
            note,
            lambda now: self._store.set_canary(canary, actor=self._actor, note=note, now=now),
            share=share,
        )

    async def _do(
        self, act: Act, version: str | None, note: str, change: Callable[[datetime], State], **more: object
    ) -> State:
        if version is not None:
            await asyncio.to_thread(self._store.manifest, version)
        before, now = await asyncio.to_thread(self._store.state), datetime.now(UTC)
        body = {
            "event": act,
            "version": version,
            "live_before": before.live,
            "actor": self._actor,
            "note": note,
            **more,
        }
        entry = Entry(
            kind="policy", turn_id="", thread_id="", tenant=ANY_TENANT, at=now, body={**body, "by": self._via}
        )
        await self._records.append(entry)
        return await asyncio.to_thread(change, now)
