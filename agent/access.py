"""Who may do what: scopes, API keys, and the caller of a request.

A key is ``hr_<id>_<secret>``. The secret has 256 random bits and is kept only as an Argon2id hash, so it can be shown once.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from limits import parse
from pydantic import AwareDatetime

from agent.errors import AccessError
from agent.models import Frozen

ANY_TENANT: Final = "*"
"""Tenant of a caller that may act for every tenant."""
DEFAULT_TENANT: Final = "default"
"""Tenant of a request that names none."""
NEW_THREAD: Final = "__new_thread"
"""True in the configuration of a run whose thread begins with it: the checkpointers look nothing up then, which saves a turn four
calls to the database. Beside ``thread_key``, for the two go together."""

_TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TOKEN: Final = re.compile(r"hr_(?P<id>[a-z0-9]{12})_(?P<secret>[A-Za-z0-9_-]{43})")
_ID_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"
# A random secret cannot be guessed from its hash at any cost, so the cost only needs to make the hash useless as a token;
# it is paid for every wrong key that a stranger sends.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=8 * 1024, parallelism=1)


class Scope(StrEnum):
    """What a caller may do."""

    CHAT = "chat"
    """Run turns and read their events."""
    CONTEXT_SET = "context:set"
    """Assert role, audience, tenant and subject in a request."""
    REVIEW = "review"
    """See and resolve cases."""
    CURATE = "curate"
    """Write guidance."""
    POLICY = "policy"
    """Read and change policies."""
    AUDIT = "audit"
    """Read the records and the metrics."""
    ADMIN = "admin"
    """Manage keys, erase people."""


class Principal(Frozen):
    """The caller of a request."""

    name: str
    """Id of the key, or ``oidc:`` and the subject of the token."""
    tenant: str
    """The one tenant it acts for, or ``ANY_TENANT``."""
    scopes: frozenset[Scope]
    role: str | None = None
    """Role that its token proves."""
    subject: str | None = None
    """The person behind the request, where the caller is that person."""
    rate_limit: str | None = None
    """Its own limit, such as ``60/minute``; the setting when ``None``."""

    def sees(self, tenant: str) -> bool:
        """True when what belongs to this tenant is the caller's to see. INVARIANT: every look-up of an API route by id asks
        this, or passes ``own_tenant`` to the store."""
        return self.tenant in (ANY_TENANT, tenant)

    @property
    def own_tenant(self) -> str | None:
        """The tenant that look-ups are limited to; ``None`` for all."""
        return None if self.tenant == ANY_TENANT else self.tenant


class ApiKey(Frozen):
    """A key as kept; its secret cannot be had back."""

    id: str
    name: str
    tenant: str
    scopes: tuple[Scope, ...]
    secret_hash: str
    rate_limit: str | None = None
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None

    def usable(self, now: datetime) -> bool:
        """True when it is neither revoked nor expired."""
        return self.fault(now) is None

    def fault(self, now: datetime) -> str | None:
        """Why it cannot be used."""
        if self.revoked_at is not None and self.revoked_at <= now:
            return f"was revoked at {self.revoked_at:%Y-%m-%d %H:%M} UTC"
        if self.expires_at is not None and self.expires_at <= now:
            return f"expired at {self.expires_at:%Y-%m-%d %H:%M} UTC"
        return None

    def principal(self) -> Principal:
        """The caller that presents this key."""
        return Principal(
            name=f"key:{self.id}", tenant=self.tenant, scopes=frozenset(self.scopes), rate_limit=self.rate_limit
        )


class Token(NamedTuple):
    """The parts of a key as presented."""

    id: str
    secret: str


class Issued(NamedTuple):
    """A new key, and the one sight of its token."""

    key: ApiKey
    token: str


def issue(
    name: str,
    *,
    tenant: str,
    scopes: Iterable[str],
    now: datetime,
    lifetime: timedelta | None = None,
    rate_limit: str | None = None,
) -> Issued:
    """A new key with a new secret.

    Raises:
        AccessError: the name, the tenant, a scope or the rate limit is not valid.
    """
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise AccessError("the name of a key has 1 to 100 printable characters; say who or what uses it")
    if tenant != ANY_TENANT:
        require_tenant(tenant)
    granted = scopes_of(scopes)
    if not granted:
        raise AccessError(f"a key needs a scope; known: {', '.join(Scope)}")
    if rate_limit is not None:
        require_rate(rate_limit)
    key_id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(12))
    secret = secrets.token_urlsafe(32)
    key = ApiKey(
        id=key_id,
        name=name.strip(),
        tenant=tenant,
        scopes=granted,
        secret_hash=_HASHER.hash(secret),
        rate_limit=rate_limit,
        created_at=now,
        expires_at=now + lifetime if lifetime else None,
    )
    return Issued(key, f"hr_{key_id}_{secret}")


def read_token(token: str) -> Token | None:
    """The parts of a key; ``None`` when it has not the form of one."""
    match = _TOKEN.fullmatch(token)
    return Token(match["id"], match["secret"]) if match else None


def verifies(key: ApiKey, secret: str) -> bool:
    """True when the secret is that of the key. Takes milliseconds of one core; not for the event loop."""
    try:
        return _HASHER.verify(key.secret_hash, secret)
    except (VerificationError, InvalidHashError):
        return False


def scopes_of(names: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes of these names, each once, in the order of ``Scope``.

    Raises:
        AccessError: a name is unknown.
    """
    given = set(names)
    if unknown := sorted(given - set(Scope)):
        raise AccessError(f"unknown scope `{unknown[0][:40]}`; known: {', '.join(Scope)}")
    return tuple(scope for scope in Scope if scope in given)


def require_tenant(tenant: str) -> str:
    """The tenant.

    Raises:
        AccessError: it is not the name of a tenant.
    """
    if _TENANT.fullmatch(tenant) is None:
        raise AccessError(
            f"`{tenant[:80]}` is not the name of a tenant: 1 to 64 letters, digits, `.`, `_` or `-`, a letter or digit first"
        )
    return tenant


def thread_key(tenant: str, thread_id: str) -> str:
    """The name of a thread among those of all tenants. A tenant has no ``/`` in its name, so no id reaches another's."""
    return f"{tenant}/{thread_id}"


def require_rate(rate: str) -> str:
    """The rate limit.

    Raises:
        AccessError: it is not one.
    """
    try:
        parse(rate)
    except ValueError as error:
        raise AccessError(f"`{rate[:40]}` is not a rate limit; expected e.g. `60/minute` or `5/second`") from error
    return rate
