"""Readiness, part by part, against what the parts say of themselves."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from agent.errors import RecordsUnavailable
from agent.readiness import of_guidance, of_records
from retrieval.models import StoreHealth


def parts(health: StoreHealth, *, stale: float | None = None) -> Any:
    async def said() -> StoreHealth:
        return health

    return SimpleNamespace(health=said), SimpleNamespace(id="other"), SimpleNamespace(stale_for=lambda: stale)


async def test_without_a_release_guidance_is_not_ready() -> None:
    assert await of_guidance(*parts(StoreHealth(ready=False, release=None, detail=""))) == (False, "no release")


async def test_what_the_store_says_is_handed_on() -> None:
    assert await of_guidance(*parts(StoreHealth(ready=False, release=None, detail="refused"))) == (False, "refused")


async def test_withdrawals_that_were_not_read_come_first() -> None:
    check = await of_guidance(*parts(StoreHealth(ready=False, release=None, detail="refused"), stale=61.4))
    assert not check.ok
    assert "61 s ago" in check.detail


async def test_records_that_cannot_be_read_say_why() -> None:
    async def read(*, limit: int) -> list[object]:
        raise RecordsUnavailable(f"no table, asked for {limit}")

    assert await of_records(cast(Any, SimpleNamespace(read=read))) == (False, "no table, asked for 1")


async def test_readable_records_are_ready() -> None:
    async def read(*, limit: int) -> list[object]:
        return []

    assert await of_records(cast(Any, SimpleNamespace(read=read))) == (True, "readable")
