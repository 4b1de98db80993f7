"""Posts that never reach our own network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import NamedTuple

import pytest

from agent.adapters.webhook_http import GuardedSender, is_public
from agent.errors import DeliveryFailed

ANSWER = b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:1/\r\n\r\n"


class Server(NamedTuple):
    """A server on this machine, and what it got."""

    port: int
    got: list[bytes]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    got: list[bytes] = []

    answering: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            got.append(head + await reader.readexactly(4))
            if b"/silent" in head:
                await asyncio.sleep(5)
            writer.write(ANSWER % (302 if b"/moved" in head else 200))
            await writer.drain()
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.add(asyncio.create_task(answer(reader, writer)))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as listening:
        yield Server(listening.sockets[0].getsockname()[1], got)
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)


def at(*addresses: str):
    """A look-up that finds these addresses, and says what was asked."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return list(addresses)

    resolve.asked = asked
    return resolve


async def test_what_is_sent_arrives_at_the_address_that_was_looked_up(server: Server):
    resolve = at("127.0.0.1")
    async with GuardedSender(allow_private=True, resolve=resolve) as sender:
        status = await sender.post(f"http://app.example:{server.port}/hook", {"webhook-id": "a"}, b"body")
    assert (status, resolve.asked) == (200, ["app.example"])
    (got,) = server.got
    assert got.startswith(b"POST /hook HTTP/1.1\r\n")
    assert f"Host: app.example:{server.port}".encode() in got
    assert got.endswith(b"body")


async def test_a_redirect_is_an_answer_and_not_followed(server: Server):
    async with GuardedSender(allow_private=True) as sender:
        assert await sender.post(f"http://127.0.0.1:{server.port}/moved", {}, b"body") == 302
    assert len(server.got) == 1


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("10.0.0.8",),
        ("192.168.1.1",),
        ("172.16.0.1",),
        ("169.254.169.254",),
        ("100.64.0.1",),
        ("0.0.0.0",),
        ("224.0.0.1",),
        ("::1",),
        ("fe80::1%eth0",),
        ("fd00::1",),
        ("::ffff:127.0.0.1",),
        ("64:ff9b::7f00:1",),
        ("2002:7f00:1::",),
        ("2001:0:53aa:64c:0:0:0:0",),
        ("93.184.216.34", "127.0.0.1"),
    ],
)
async def test_addresses_inside_are_refused_however_they_are_written(server: Server, addresses: tuple[str, ...]):
    async with GuardedSender(allow_private=False, resolve=at(*addresses)) as sender:
        with pytest.raises(DeliveryFailed, match="no public address"):
            await sender.post(f"http://app.example:{server.port}/", {}, b"body")
    assert server.got == []


async def test_an_address_as_host_is_looked_at_too(server: Server):
    async with GuardedSender(allow_private=False) as sender:
        for host in ("127.0.0.1", "localhost", "[::1]"):
            with pytest.raises(DeliveryFailed, match="no public address"):
                await sender.post(f"http://{host}:{server.port}/", {}, b"body")
    assert server.got == []


def test_addresses_out_in_the_internet_are_public():
    assert all(map(is_public, ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34")))


async def test_nobody_there_silence_and_no_address_are_failures(server: Server):
    async with GuardedSender(allow_private=True, timeout_s=0.2) as sender:
        with pytest.raises(DeliveryFailed, match=r"no answer after 0\.2 s"):
            await sender.post(f"http://127.0.0.1:{server.port}/silent", {}, b"body")
        with pytest.raises(DeliveryFailed):
            await sender.post("http://127.0.0.1:1/", {}, b"body")
    async with GuardedSender(allow_private=True, resolve=at()) as sender:
        with pytest.raises(DeliveryFailed, match="has no address"):
            await sender.post("http://app.example/", {}, b"body")
