"""Alive, and ready."""

from __future__ import annotations

import httpx

from tests.unit.api.fakes import Check, FakeService


async def test_alive(client: httpx.AsyncClient) -> None:
    response = await client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_ready_with_the_state_of_each_dependency(client: httpx.AsyncClient) -> None:
    response = await client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["status"] == "ready"
    assert response.json()["checks"]["guidance"] == {"ok": True, "detail": "release 0001"}


async def test_not_ready_says_which_dependency_and_why(client: httpx.AsyncClient, service: FakeService) -> None:
    service.checks["guidance"] = Check(False, "qdrant at http://127.0.0.1:6333 cannot be reached")
    response = await client.get("/readyz")
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == "guidance: qdrant at http://127.0.0.1:6333 cannot be reached"
    assert response.json()["checks"]["records"]["ok"] is True
    service.checks["guidance"] = Check(True, "release 0001")
    assert (await client.get("/readyz")).status_code == 200
