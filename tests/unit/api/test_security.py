"""Limits and headers that hold for every route."""

from __future__ import annotations

import httpx
import pytest

from api.security import HEADERS
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


@pytest.mark.parametrize("path", ["/", "/healthz", "/nothing", "/static/app.js", "/docs"])
async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path, headers={"Origin": "https://elsewhere.example"})
    for name, value in HEADERS.items():
        assert response.headers[name] == value
    assert "access-control-allow-origin" not in response.headers
