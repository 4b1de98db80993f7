"""Every error is a problem, whatever the client sends."""

from __future__ import annotations

import httpx
import pytest

from tests.unit.api.problem import problem


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [("", 422, "empty_input"), (" \n\t", 422, "empty_input"), ("a" * 1001, 413, "input_too_long")],
)
@pytest.mark.parametrize("stream", [True, False])
async def test_input_that_cannot_be_a_turn(
    client: httpx.AsyncClient, text: str, status: int, code: str, stream: bool
) -> None:
    await problem(await client.post("/v1/turns", json={"input": text, "stream": stream}), status, code)


async def test_an_unknown_thread(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/turns", json={"input": "a", "thread_id": "thread_unknown"})
    await problem(response, 404, "unknown_thread")


@pytest.mark.parametrize(
    "value", ["x", "turn_1", "turn_1:", "turn_1:-1", "turn_1:1.5", "turn_1:٣", ":1", "turn_1:01", "a b:1"]
)
async def test_a_malformed_last_event_id(client: httpx.AsyncClient, value: str) -> None:
    response = await client.get("/v1/turns/turn_1/events", headers={"Last-Event-ID": value.encode()})
    await problem(response, 400, "invalid_last_event_id")


async def test_a_last_event_id_of_another_turn(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/turns/turn_1/events", headers={"Last-Event-ID": "turn_2:3"})
    assert "another turn" in str((await problem(response, 400, "invalid_last_event_id"))["detail"])


async def test_nothing_there(client: httpx.AsyncClient) -> None:
    await problem(await client.get("/v2/turns"), 404, "not_found")
    await problem(await client.get("/static/nothing.js"), 404, "not_found")
    await problem(await client.get("/static/..%2f..%2fpyproject.toml"), 404, "not_found")


async def test_a_method_that_is_not_taken(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/turns")
    await problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST"


async def test_a_fault_of_ours_says_nothing_about_the_inside(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/turns", json={"input": "crash"})
    body = await problem(response, 500, "internal_error")
    assert "secret detail" not in str(body)
    assert "ZeroDivision" not in str(body)
