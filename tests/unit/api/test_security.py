"""Limits and headers that hold for every route."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from agent.settings import Settings
from api.app import create_app
from api.problems import Problem
from api.security import HEADERS, BodyLimit
from tests.unit.api.fakes import FakeService, factory_of
from tests.unit.api.problem import JSON, problem


async def test_a_body_over_the_limit_by_its_declared_length(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/turns", json={"input": "a" * 30_000})
    body = await problem(response, 413, "body_too_large")
    assert "HANDRAIL_MAX_BODY_BYTES" in str(body["detail"])


async def test_a_body_over_the_limit_that_does_not_declare_its_length(client: httpx.AsyncClient) -> None:
    async def pieces():
        for _ in range(30):
            yield b"a" * 1_000

    response = await client.post("/v1/turns", content=pieces(), headers=JSON)
    await problem(response, 413, "body_too_large")


async def test_where_files_are_taken_a_body_may_be_larger_by_as_much(client: httpx.AsyncClient) -> None:
    whole = {"input": "hello", "attachments": [{"data": "YWFh" * 500, "media_type": "text/plain"}], "x": "a" * 19_000}
    assert (await client.post("/v1/turns", json=whole)).status_code == 422  # read, and `x` is no field
    await problem(await client.post("/v1/decisions", json=whole), 413, "body_too_large")


@pytest.mark.parametrize("path", ["/", "/healthz", "/nothing", "/static/app.js", "/docs"])
async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path, headers={"Origin": "https://elsewhere.example"})
    for name, value in HEADERS.items():
        assert response.headers[name] == value
    assert "access-control-allow-origin" not in response.headers


@pytest.fixture
def elsewhere() -> Settings:
    return Settings(cors_origins=("https://app.example",), body_timeout_s=0.2)


@pytest.mark.parametrize(("origin", "allowed"), [("https://app.example", True), ("https://evil.example", False)])
async def test_only_pages_of_named_origins_may_call(
    service: FakeService, elsewhere: Settings, origin: str, allowed: bool
) -> None:
    app = create_app(factory_of(service), elsewhere)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as http:
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
        }
        answer = await http.options("/v1/turns", headers=asked)
    assert (answer.headers.get("access-control-allow-origin") == origin) == allowed


async def test_a_body_that_does_not_come_is_not_waited_for(service: FakeService, elsewhere: Settings) -> None:
    async def never() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()

    limited = BodyLimit(reading, max_bytes=10, timeout_s=0.05)
    with pytest.raises(Problem) as caught:
        await limited({"type": "http", "headers": [], "method": "POST", "path": "/"}, never, never)  # type: ignore[arg-type]
    assert (caught.value.status, "HANDRAIL_BODY_TIMEOUT_S" in caught.value.detail) == (408, True)
