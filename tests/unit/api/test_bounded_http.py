"""Heads of requests are bounded in size and time, on a real connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from api import bounded_http
from api.bounded_http import HEAD_BYTES, BoundedHttp


async def _echo(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    size = str(len(body)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(size))]})
    await send({"type": "http.response.body", "body": size})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    config = uvicorn.Config(_echo, port=0, http=BoundedHttp, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn sets no event
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def _ask(port: int, *pieces: bytes, answers: int = 1) -> list[tuple[int, bytes]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found: list[tuple[int, bytes]] = []
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        for _ in range(answers):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            found.append((int(head.split()[1]), await reader.readexactly(length)))
    finally:
        writer.close()
    return found


def _head(extra: int = 0) -> bytes:
    return b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\nx-filler: " + b"a" * extra + b"\r\n\r\n"


@pytest.mark.parametrize("extra", [0, HEAD_BYTES - 1_000])
async def test_a_head_of_ordinary_size_is_read_and_so_is_the_next_on_the_connection(port: int, extra: int):
    assert await _ask(port, _head(extra) + b"abc", _head(extra) + b"abc", answers=2) == [(200, b"3"), (200, b"3")]


async def test_a_large_body_before_the_next_head_counts_for_nothing(port: int):
    first = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n" + b"b" * 200_000
    assert await _ask(port, first + _head()[:10], _head()[10:] + b"abc", answers=2) == [(200, b"200000"), (200, b"3")]


@pytest.mark.parametrize(
    "pieces",
    [
        (_head(HEAD_BYTES),),
        (b"GET /?" + b"a" * HEAD_BYTES + b" HTTP/1.1\r\nhost: x\r\n\r\n",),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"x-%d: %s\r\n" % (n, b"a" * 90) for n in range(1_000)) + b"\r\n",),
        tuple(b"GET / HTTP/1.1\r\nx: " if n == 0 else b"a" * 30_000 for n in range(15)),
        tuple(b"GET /" if n == 0 else b"a" * 30_000 for n in range(15)),
    ],
    ids=["a header", "the address", "many headers", "a header without end", "an address without end"],
)
async def test_a_head_that_is_too_large_is_answered_and_no_more_of_it_is_read(port: int, pieces: tuple[bytes, ...]):
    ((status, body),) = await _ask(port, *pieces)
    assert (status, json.loads(body)["code"]) == (431, "head_too_large")


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nhost:", _head() + b"abc" + _head()[:20]])
async def test_a_head_that_does_not_come_ends_the_connection(port: int, sent: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bounded_http, "HEAD_S", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    async with asyncio.timeout(10):
        while await reader.read(1_000):
            pass
    assert reader.at_eof()
    writer.close()


async def test_what_is_no_http_is_answered_as_ever(port: int):
    ((status, _),) = await _ask(port, b"\x16\x03\x01 nonsense\r\n\r\n")
    assert status == 400
