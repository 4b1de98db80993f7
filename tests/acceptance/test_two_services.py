"""Two services on one PostgreSQL and one Redis are one service: conversations, verdicts and limits are those of both."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple

import httpx
import pytest
import redis

from agent.access import issue
from agent.audit_report import verify_chain
from agent.office import BackOffice
from agent.settings import Settings
from api.app import create_app
from tests.acceptance.http.live import WorldService
from tests.acceptance.killed import opened
from tests.acceptance.world import CRISIS, HOMEWORK, SwitchableStore, World

pytestmark = pytest.mark.service
REDIS = "redis://127.0.0.1:6379/15"


class Side(NamedTuple):
    """One of the services, with connections, locks and memory of its own."""

    http: httpx.AsyncClient
    office: BackOffice
    world: World


@pytest.fixture
async def sides(
    postgres_url: str, store: SwitchableStore, tmp_path: Any, require_service: Callable[[str, bool], None]
) -> AsyncIterator[tuple[Side, Side]]:
    try:
        redis.Redis.from_url(REDIS).ping()
    except redis.exceptions.ConnectionError:
        require_service("redis", False)
    settings = Settings.model_validate(
        {"data_dir": tmp_path, "database_url": postgres_url, "redis_url": REDIS, "rate_limit": "1000/minute"}
    )
    async with AsyncExitStack() as stack:
        both = [await stack.enter_async_context(side(settings, store)) for _ in range(2)]
        headers = await key(both[0].office, scopes=["chat", "review"])
        for each in both:
            each.http.headers.update(headers)
        yield both[0], both[1]


async def key(office: BackOffice, **changes: Any) -> dict[str, str]:
    """The header of a new key."""
    values = {"tenant": "default", "scopes": ["chat"], "now": office.clock.now(), **changes}
    issued = issue(f"n{uuid.uuid4().hex[:8]}", **values)
    await office.keys.add(issued.key)
    return {"Authorization": f"Bearer {issued.token}"}


@asynccontextmanager
async def side(settings: Settings, store: SwitchableStore) -> AsyncIterator[Side]:
    async with opened(settings, store) as (office, world):
        service = WorldService(world, settings)
        service.keys = office.keys
        service.review = office.review_telling(world.runner, None)

        @asynccontextmanager
        async def factory() -> AsyncIterator[WorldService]:
            async with service.review.watching():
                yield service

        app = create_app(factory, settings)
        async with app.router.lifespan_context(app) as state:

            async def with_state(scope: Any, receive: Any, send: Any) -> None:
                await app({**scope, "state": dict(state or {})}, receive, send)

            transport = httpx.ASGITransport(app=with_state)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
                yield Side(http, office, world)


async def a_conversation_goes_on_at_the_other(here: Side, there: Side) -> None:
    first = (await here.http.post("/v1/turns", json={"input": "my first question"})).json()
    answer = await there.http.post("/v1/turns", json={"input": HOMEWORK, "thread_id": first["thread_id"]})
    assert answer.json()["thread_id"] == first["thread_id"]
    _, earlier = there.world.judge.seen[-1]
    assert [turn.text for turn in earlier] == ["my first question"]


async def a_verdict_given_at_one_is_heard_at_the_other_and_is_part_of_the_conversation(here: Side, there: Side) -> None:
    turn = (await here.http.post("/v1/turns", json={"input": CRISIS})).json()
    case = f"/v1/cases/{turn['case_id']}"
    assert (await there.http.post(f"{case}/claim")).status_code == 200
    verdict = {"resolution": "answered", "text": "I am here."}
    assert (await there.http.post(f"{case}/resolve", json=verdict)).status_code == 200
    ((event, text),) = await here.office.review.events("default", turn["thread_id"], 0)
    assert (event.case_id, text.endswith("I am here.")) == (turn["case_id"], True)
    config = {"configurable": {"thread_id": f"default/{turn['thread_id']}"}}
    messages = (await here.world.graph.aget_state(config)).values["messages"]
    assert messages[-1].text.endswith("I am here.")


async def limits_are_counted_together(here: Side, there: Side) -> None:
    headers = await key(here.office, rate_limit="4/hour")
    answers = [await each.http.get("/v1/models", headers=headers) for each in (here, there) * 3]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429, 429]


async def both_write_one_chain(here: Side, there: Side) -> None:
    before = len(await here.office.records.read())
    await asyncio.gather(*(each.http.post("/v1/turns", json={"input": HOMEWORK}) for each in (here, there) * 5))
    found = await verify_chain(here.office.records, there.office.sealer.secret)
    assert (found.checked, found.breaks) == (before + 20, ())


async def test_two_services_are_one(sides: tuple[Side, Side]):
    await a_conversation_goes_on_at_the_other(*sides)
    await a_verdict_given_at_one_is_heard_at_the_other_and_is_part_of_the_conversation(*sides)
    await both_write_one_chain(*sides)
    await limits_are_counted_together(*sides)
