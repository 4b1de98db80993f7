"""Who is calling: an API key, a token of the identity provider, or anybody on this machine while there are no keys."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeVar

from starlette.requests import Request

from agent.access import ANY_TENANT, ApiKey, Principal, Scope, Token, read_token, verifies
from agent.errors import RecordsUnavailable
from agent.ports import Keys
from api.oidc import OidcVerifier, refused
from api.problems import Problem

KEY_FRESH_S: Final = 2.0
"""A revocation by another process is noticed within this time."""
MAX_REMEMBERED: Final = 10_000
MAX_HASHING: Final = 2
"""Hashes computed at once: wrong keys by the thousand must not take every core."""

LOCAL: Final = Principal(name="local", tenant=ANY_TENANT, scopes=frozenset(Scope))
"""The caller while there are no keys."""

K = TypeVar("K")
V = TypeVar("V")

_PROXY_HEADERS: Final = ("forwarded", "x-forwarded-for", "x-real-ip")


class Authenticator:
    """Finds the caller of a request."""

    def __init__(self, keys: Keys, oidc: OidcVerifier | None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._keys = keys
        self._oidc = oidc
        self._monotonic = monotonic
        self._known: OrderedDict[str, tuple[float, ApiKey | None]] = OrderedDict()
        self._verified: OrderedDict[tuple[str, bytes], bool] = OrderedDict()
        self._hashing = asyncio.Semaphore(MAX_HASHING)
        self._open_until: float | None = None
        """While there are no keys: when to look again. Keys that exist are never forgotten again."""
        self._closed = oidc is not None

    async def principal(self, request: Request) -> Principal:
        """The caller.

        Raises:
            Problem: nothing or nothing valid was presented (401), or it cannot be checked (503).
        """
        scheme, _, presented = request.headers.get("authorization", "").partition(" ")
        presented = presented.strip()
        try:
            if await self.is_open():
                return _local(request)  # whatever is presented: clients of OpenAI cannot send nothing
            if scheme.lower() != "bearer" or not presented:
                raise _missing(scheme)
            token = read_token(presented)
            if token is not None:
                return (await self._key(token)).principal()
        except RecordsUnavailable as error:
            detail = "the keys cannot be checked, so nothing is answered"
            raise Problem(503, "keys_unavailable", detail, headers={"Retry-After": "2"}) from error
        if self._oidc is None:
            raise refused("is not a key of this service; keys look like `hr_...` and come from `handrail keys create`")
        return await self._oidc.verify(presented)

    async def is_open(self) -> bool:
        """True while there is neither a key nor an identity provider. Raises ``RecordsUnavailable``."""
        if self._closed:
            return False
        now = self._monotonic()
        if self._open_until is None or now >= self._open_until:
            self._closed = bool(await self._keys.all())
            self._open_until = now + KEY_FRESH_S
        return not self._closed

    async def _key(self, token: Token) -> ApiKey:
        key = await self._known_key(token.id)
        if key is None or not await self._verifies(key, token.secret):
            raise refused("is not a key of this service")
        if fault := key.fault(datetime.now(UTC)):
            raise refused(f"is the key `{key.id}`, which {fault}")
        return key

    async def _known_key(self, key_id: str) -> ApiKey | None:
        now = self._monotonic()
        read_at, key = self._known.get(key_id, (None, None))
        if read_at is None or now - read_at > KEY_FRESH_S:
            key = await self._keys.get(key_id)
            _remember(self._known, key_id, (now, key))
        return key

    async def _verifies(self, key: ApiKey, secret: str) -> bool:
        """Whether the secret fits, computed once for each secret: the hash is slow on purpose."""
        digest = hashlib.sha256(secret.encode()).digest()
        known = (key.secret_hash, digest)
        if known not in self._verified:
            async with self._hashing:
                fits = await asyncio.to_thread(verifies, key, secret)
            _remember(self._verified, known, fits)
        return self._verified[known]


def _local(request: Request) -> Principal:
    """Anybody on this machine, which neither a proxy nor a page of another site under a name of its own is."""
    peer = request.client.host if request.client else ""
    if not _is_loopback(peer) or any(name in request.headers for name in _PROXY_HEADERS):
        raise _no_keys("from this machine")
    if not _is_loopback(request.url.hostname or "") and request.url.hostname != "localhost":
        raise _no_keys("under the name `localhost` or a loopback address")
    return LOCAL


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _missing(scheme: str) -> Problem:
    what = f"the scheme `{scheme[:20]}` is not taken" if scheme else "no credentials were sent"
    return Problem(
        401,
        "missing_credentials",
        f"{what}; send `Authorization: Bearer <key or token>`",
        title="Missing credentials",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _no_keys(where: str) -> Problem:
    detail = f"there are no keys yet, so requests are taken only {where}; create one with `handrail keys create`"
    return Problem(
        401, "missing_credentials", detail, title="Missing credentials", headers={"WWW-Authenticate": "Bearer"}
    )


def _remember(memory: OrderedDict[K, V], key: K, value: V) -> None:
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > MAX_REMEMBERED:
        memory.popitem(last=False)
