"""How often a caller may ask."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Callable

import httpx
import pytest

from agent.access import Principal
from agent.settings import Settings
from api.problems import Problem
from api.rate_limits import RateLimits
from tests.unit.api.fakes import FakeService
from tests.unit.api.test_gate import bearer


def caller(name: str = "key:a", rate: str | None = None) -> Principal:
    return Principal(name=name, tenant="acme", scopes=frozenset(), rate_limit=rate)


async def test_one_request_too_many_is_refused_with_the_time_to_wait() -> None:
    limits = RateLimits(Settings(rate_limit="3/minute"))
    for _ in range(3):
        await limits.take(caller())
    with pytest.raises(Problem) as caught:
        await limits.take(caller())
    assert (caught.value.status, caught.value.code) == (429, "rate_limited")
    assert 1 <= int(caught.value.headers["Retry-After"]) <= 60
    await limits.take(caller("key:b"))


async def test_a_key_may_have_a_limit_of_its_own() -> None:
    limits = RateLimits(Settings(rate_limit="1/minute"))
    for _ in range(3):
        await limits.take(caller(rate="3/minute"))
    with pytest.raises(Problem):
        await limits.take(caller(rate="3/minute"))


async def test_a_limited_caller_gets_a_problem(client: httpx.AsyncClient, service: FakeService) -> None:
    headers = bearer(service, "chat", rate_limit="1/minute")
    assert (await client.get("/v1/models", headers=headers)).status_code == 200
    response = await client.get("/v1/models", headers=headers)
    assert response.status_code == 429
    assert response.headers["Retry-After"]


async def test_a_redis_that_is_down_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    limits = RateLimits(Settings.model_validate({"redis_url": "redis://127.0.0.1:9/0"}))
    await limits.take(caller())
    await limits.close()
    assert "rate_limits_down" in [getattr(record, "action", None) for record in caplog.records]


@pytest.mark.service
async def test_replicas_share_a_limit_through_redis(require_service: Callable[[str, bool], None]) -> None:
    with socket.socket() as probe:
        probe.settimeout(1)
        require_service("redis", probe.connect_ex(("127.0.0.1", 6379)) == 0)
    settings = Settings.model_validate({"redis_url": "redis://127.0.0.1:6379/0"})
    one, two = RateLimits(settings), RateLimits(settings)
    who = caller(f"key:{uuid.uuid4().hex}", "2/minute")
    await one.take(who)
    await two.take(who)
    for each in (one, two):
        with pytest.raises(Problem):
            await each.take(who)
    await one.close()
    await two.close()
