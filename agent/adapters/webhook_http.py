"""Posts to addresses that tenants chose, and never into our own network.

The name is looked up when the connection is made, every address it has must be a public one, and the connection goes to an
address that was looked at: a name that means something else a moment later gains nothing. Redirects are not followed, and
proxies of the environment are not used.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any, Final

import httpcore

from agent.errors import DeliveryFailed

TIMEOUT_S: Final = 10.0
"""For all of it: looking up, connecting, sending, and the status of the answer."""
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host."""


class GuardedSender:
    """Implements ``agent.ports.WebhookSender``. Use it as an asynchronous context manager."""

    def __init__(self, *, allow_private: bool, timeout_s: float = TIMEOUT_S, resolve: Resolve | None = None) -> None:
        self._timeout_s = timeout_s
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            network_backend=_GuardedNetwork(allow_private, resolve or _resolve),
        )

    async def __aenter__(self) -> GuardedSender:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.aclose()

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """See ``agent.ports.WebhookSender``."""
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._pool.stream("POST", url, headers=list(headers.items()), content=body) as answer,
            ):
                return int(answer.status)
        except TimeoutError as error:
            raise DeliveryFailed(f"no answer after {self._timeout_s:g} s") from error
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
            httpcore.UnsupportedProtocol,
            OSError,
        ) as error:
            raise DeliveryFailed(str(error) or type(error).__name__) from error


class _GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only."""

    def __init__(self, allow_private: bool, resolve: Resolve) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._resolve(host, port)
        if not self._allow_private and (inside := [found for found in addresses if not is_public(found)]):
            raise httpcore.ConnectError(f"`{host}` is at `{inside[0]}`, which is no public address")
        failure: httpcore.ConnectError = httpcore.ConnectError(f"`{host}` has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of httpcore
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("sockets of this machine are not connected to")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def is_public(text: str) -> bool:
    """True for an address out in the internet, also one inside an IPv6 address that stands for an IPv4 one."""
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        else:
            address = address.ipv4_mapped or address.sixtofour or address
    if isinstance(address, ipaddress.IPv6Address) and address.teredo is not None:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


async def _resolve(host: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"`{host}` cannot be looked up: {error}") from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))
