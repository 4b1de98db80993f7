"""Events of a thread, and who may hear them. That they are heard live is told in tests/acceptance/http."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from agent.cases import ThreadEvent
from api.thread_events import _events
from tests.unit.agent.test_cases import NOW, case
from tests.unit.api.fakes import FakeService
from tests.unit.api.problem import problem
from tests.unit.api.test_gate import bearer


async def resolve(service: FakeService, n: int) -> None:
    """An event is in the thread; its text is of a person who was erased, for that is simplest."""
    key = service.sealer.secret.new_key("acme", "s")
    text = service.sealer.secret.seal(key, "full", f"verdict {n}")
    service.records.keys.keys[key.id] = key
    await service.cases.add(case(id=f"case_{n}"))
    event = ThreadEvent(
        tenant="acme",
        thread_id="thread_1",
        name="case.resolved",
        case_id=f"case_{n}",
        resolution="upheld",
        text=text.model_dump(),
        at=NOW,
    )
    assert await service.cases.replace(case(id=f"case_{n}", version=2), event)


async def test_events_come_as_they_happen_and_again_after_the_last_one_seen(service: FakeService) -> None:
    await resolve(service, 1)
    stream = _events(service.review, "acme", "thread_1", 0, asyncio.Event())
    first = await anext(stream)
    assert (first.id, first.event, '"text":"verdict 1"' in str(first.data)) == ("thread_1:1", "case.resolved", True)
    waiting = asyncio.create_task(anext(stream))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await resolve(service, 2)
    assert (await asyncio.wait_for(waiting, 3)).id == "thread_1:2"
    await stream.aclose()
    resumed = _events(service.review, "acme", "thread_1", 1, asyncio.Event())
    assert (await anext(resumed)).id == "thread_1:2"
    await resumed.aclose()


async def test_a_database_that_is_away_for_a_moment_ends_no_stream(service: FakeService) -> None:
    service.cases.fail = True
    stream = _events(service.review, "acme", "thread_1", 0, asyncio.Event())
    waiting = asyncio.create_task(anext(stream))
    await asyncio.sleep(0.05)
    service.cases.fail = False
    await resolve(service, 1)
    assert (await asyncio.wait_for(waiting, 3)).id == "thread_1:1"
    await stream.aclose()


async def test_the_stream_ends_when_the_service_stops(service: FakeService) -> None:
    stopping = asyncio.Event()
    reading = asyncio.create_task(anext(_events(service.review, "acme", "thread_1", 0, stopping), None))
    await asyncio.sleep(0.05)
    stopping.set()
    assert await asyncio.wait_for(reading, 3) is None


async def test_a_thread_of_another_tenant_is_unknown(client: httpx.AsyncClient, service: FakeService) -> None:
    service.runner.threads.add(("acme", "thread_1"))
    for tenant in ("other", "*"):
        answer = await client.get("/v1/threads/thread_1/events", headers=bearer(service, "chat", tenant=tenant))
        await problem(answer, 404, "unknown_thread")
    answer = await client.get(
        "/v1/threads/thread_1/events?tenant=acme", headers=bearer(service, "chat", tenant="other")
    )
    await problem(answer, 403, "wrong_tenant")


@pytest.mark.parametrize("last", ["seven", "thread_2:1", "thread_1:-1", "thread_1:01"])
async def test_a_malformed_place_is_said(client: httpx.AsyncClient, service: FakeService, last: str) -> None:
    service.runner.threads.add(("acme", "thread_1"))
    headers = {**bearer(service, "chat"), "Last-Event-ID": last}
    await problem(await client.get("/v1/threads/thread_1/events", headers=headers), 400, "invalid_last_event_id")
