"""Bearer tokens of an OpenID Connect provider, verified with its published keys (JWKS).

Only asymmetric signatures are taken: neither ``none`` nor a secret that a public key could be mistaken for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import jwt
from jwt import PyJWK, PyJWKSet

from agent.access import ANY_TENANT, Principal, Scope, require_tenant
from agent.errors import AccessError
from agent.settings import Settings
from api.problems import Problem

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
FRESH_S: Final = 3600.0
"""Keys are fetched again after this long."""
RETRY_S: Final = 30.0
"""A key id that is not among them makes us ask again, but not more often than this."""
SCOPE_PREFIX: Final = "handrail:"
"""Scopes may carry it, where the provider serves other applications too."""

Fetch = Callable[[str], Awaitable[Any]]
"""The JSON at a URL. Raises ``OSError`` when it cannot be had."""


class OidcVerifier:
    """Turns a token into the caller that it proves."""

    def __init__(self, settings: Settings, fetch: Fetch, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._issuer = str(settings.oidc_issuer)
        self._fetch = fetch
        self._monotonic = monotonic
        self._keys: dict[str | None, PyJWK] = {}
        self._fetched_at: float | None = None
        self._lock = asyncio.Lock()

    async def verify(self, token: str) -> Principal:
        """The caller.

        Raises:
            Problem: the token is malformed, not signed by the provider, expired or for somebody else (401); its tenant is not
                one (401); the keys of the provider cannot be had (503).
        """
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError as error:
            raise refused("is neither a key of this service nor a token") from error
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise refused(f"is signed with `{str(algorithm)[:20]}`; accepted: {', '.join(ALGORITHMS)}")
        kid = header.get("kid")
        key = await self._key(kid if isinstance(kid, str) else None)
        return self._principal(self._claims(token, key))

    def _claims(self, token: str, key: PyJWK) -> Mapping[str, Any]:
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self._settings.oidc_audience,
                issuer=self._issuer,
                leeway=self._settings.oidc_leeway_s,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise refused("has expired; get a new one") from error
        except jwt.ImmatureSignatureError as error:
            raise refused("is not valid yet; check the clocks") from error
        except jwt.InvalidAudienceError as error:
            raise refused(f"is not for this service: its `aud` is not `{self._settings.oidc_audience}`") from error
        except jwt.InvalidIssuerError as error:
            raise refused(f"is not of the issuer `{self._issuer}`") from error
        except jwt.MissingRequiredClaimError as error:
            raise refused(f"lacks the claim `{error.claim}`") from error
        except (jwt.InvalidTokenError, jwt.PyJWTError) as error:
            raise refused("is not signed by the provider") from error
        return claims

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        tenant = claims.get(self._settings.oidc_tenant_claim, self._settings.oidc_tenant)
        if tenant is None:
            raise refused(f"lacks the claim `{self._settings.oidc_tenant_claim}`, which names its tenant")
        try:
            # A token never acts for every tenant, whatever it says.
            require_tenant(str(tenant) if tenant != ANY_TENANT else "")
        except AccessError as error:
            raise refused(f"names a tenant that cannot be one: {error}") from error
        subject = str(claims["sub"])[:200]
        if not subject or not subject.isprintable():
            raise refused("names a subject that cannot stand on record: empty, or with control characters")
        roles = [
            self._settings.oidc_roles[name]
            for name in _words(claims, self._settings.oidc_role_claim)
            if name in self._settings.oidc_roles
        ]
        names = {name.removeprefix(SCOPE_PREFIX) for name in _words(claims, self._settings.oidc_scope_claim)}
        return Principal(
            name=f"oidc:{subject}",
            tenant=str(tenant),
            scopes=frozenset(scope for scope in Scope if scope in names),
            role=roles[0] if roles else None,
            subject=subject,
        )

    async def _key(self, kid: str | None) -> PyJWK:
        if (found := self._fresh(kid)) is not None:
            return found
        async with self._lock:
            if (found := self._fresh(kid)) is not None:
                return found
            if self._may_ask():
                await self._refresh()
        found = self._keys.get(kid)
        if found is None and kid is None and len(self._keys) == 1:
            found = next(iter(self._keys.values()))
        if found is None:
            raise refused(f"is signed with the key `{str(kid)[:80]}`, which the provider does not publish")
        return found

    def _fresh(self, kid: str | None) -> PyJWK | None:
        if self._fetched_at is None or self._monotonic() - self._fetched_at > FRESH_S:
            return None
        return self._keys.get(kid)

    def _may_ask(self) -> bool:
        return self._fetched_at is None or self._monotonic() - self._fetched_at > RETRY_S

    async def _refresh(self) -> None:
        try:
            url = self._settings.oidc_jwks_url
            if url is None:
                url = (await self._fetch(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"))["jwks_uri"]
            published = PyJWKSet.from_dict(await self._fetch(str(url)))
        except (OSError, KeyError, TypeError, ValueError, jwt.PyJWTError) as error:
            if self._keys:  # the ones we have stay good while the provider is away
                return
            detail = f"the keys of the identity provider `{self._issuer}` cannot be had, so no token can be verified"
            raise Problem(503, "identity_provider_unavailable", detail, headers={"Retry-After": "5"}) from error
        self._keys = {key.key_id: key for key in published.keys if key.key_type in ("RSA", "EC", "OKP")}
        self._fetched_at = self._monotonic()


@asynccontextmanager
async def oidc_verifier(settings: Settings) -> AsyncIterator[OidcVerifier | None]:
    """The verifier of the configured provider; ``None`` without one."""
    if settings.oidc_issuer is None:
        yield None
        return
    import httpx

    async with httpx.AsyncClient(timeout=5.0, follow_redirects=False) as client:

        async def fetch(url: str) -> Any:
            try:
                response = await client.get(url)
                response.raise_for_status()
            except httpx.HTTPError as error:
                raise OSError(str(error)) from error
            return response.json()

        yield OidcVerifier(settings, fetch)


def refused(why: str) -> Problem:
    """401 for what was presented."""
    return Problem(
        401,
        "invalid_credentials",
        f"the bearer token {why}",
        title="Invalid credentials",
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )


def _words(claims: Mapping[str, Any], name: str) -> list[str]:
    """A claim that is a list, or words in one text; ``a.b`` looks inside."""
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return value.split()
    return [str(item) for item in value] if isinstance(value, list) else []
