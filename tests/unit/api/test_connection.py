"""Work ends when nobody waits for it any more."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import Request

from api.connection import while_connected
from api.problems import ClientLeft


def request_of(*messages: dict[str, Any]) -> Request:
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        if waiting:
            return waiting.pop(0)
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    return Request({"type": "http", "method": "GET", "path": "/", "headers": []}, receive)


async def test_the_result_of_the_work() -> None:
    async def work() -> int:
        return 3

    assert await while_connected(request_of(), work()) == 3


async def test_an_error_of_the_work_is_passed_on() -> None:
    async def work() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await while_connected(request_of(), work())


async def test_the_work_is_cancelled_when_the_client_leaves() -> None:
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(ClientLeft):
        await while_connected(request_of({"type": "http.disconnect"}), work())
    assert cancelled.is_set()
