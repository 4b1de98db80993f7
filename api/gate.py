"""What a request must pass before its route runs: who calls, how often, and whether the route's scope is theirs.

A route declares its scope in the list of ``api.app``: ``dependencies=[needs(Scope.CHAT)]``, or ``[open_to_all()]``. An
application whose routes do not all declare one cannot be created.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.routing import BaseRoute, Mount, Route

from agent.access import ANY_TENANT, DEFAULT_TENANT, Principal, Scope, require_tenant
from agent.errors import AccessError
from agent.models import RequestContext
from api.authentication import Authenticator
from api.idempotency import begin
from api.problems import FieldError, Problem
from api.rate_limits import RateLimits

PUBLIC_PATHS: Final = ("/", "/docs", "/favicon.ico", "/static")
"""Pages that are no API routes; they hold no data."""
GUARDED_FIELDS: Final = ("tenant", "role", "audience", "subject")
"""What only ``context:set`` may assert."""


class Gate:
    """Lets callers in."""

    def __init__(self, authenticator: Authenticator, rates: RateLimits) -> None:
        self.authenticator = authenticator
        self.rates = rates

    async def enter(self, request: Request, scope: Scope) -> Principal:
        """The caller, who may do what ``scope`` allows.

        Raises:
            Problem: 401, 403, 429 or 503.
        """
        principal = await self.authenticator.principal(request)
        await self.rates.take(principal)
        if scope not in principal.scopes:
            raise _lacks(scope, principal, f"`{principal.name}` lacks the scope `{scope}`, which this needs")
        return principal


class Needs:
    """The dependency of a route that needs a scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> None:
        """``request.state.principal`` is the caller, and the request is new under its idempotency key, if it has one. Raises as
        ``Gate.enter`` and ``idempotency.begin``."""
        gate: Gate = request.state.gate
        request.state.principal = await gate.enter(request, self.scope)
        await begin(request, request.state.principal)


class OpenToAll:
    """The dependency of a route that anybody may call."""

    async def __call__(self) -> None:
        """Nothing is asked."""


def needs(scope: Scope) -> Any:
    """Only callers with this scope get in."""
    return Depends(Needs(scope))


def open_to_all() -> Any:
    """Anybody gets in; the route tells nothing about anybody."""
    return Depends(OpenToAll())


def scope_of(route: BaseRoute) -> Scope | None:
    """The scope that the route needs; ``None`` for a public one.

    Raises:
        TypeError: the route declares none, or more than one.
    """
    path = getattr(route, "path", "?")
    if isinstance(route, Route | Mount) and not isinstance(route, APIRoute) and path in PUBLIC_PATHS:
        return None
    declared = [d.dependency for d in getattr(route, "dependencies", []) if isinstance(d.dependency, Needs | OpenToAll)]
    if len(declared) != 1:
        raise TypeError(
            f"the route `{path}` must declare one of `needs(scope)` and `open_to_all()`; it has {len(declared)}"
        )
    return declared[0].scope if isinstance(declared[0], Needs) else None


def require_declared(routes: Sequence[BaseRoute]) -> None:
    """Every route says who may call it. Raises ``TypeError`` as ``scope_of``."""
    for route in routes:
        scope_of(route)


# --- who is asked for -------------------------------------------------------------------------------------


def principal_of(request: Request) -> Principal:
    """The caller of a request that passed ``needs``."""
    principal: Principal = request.state.principal
    return principal


def context_for(principal: Principal, asserted: RequestContext, field: str = "context") -> RequestContext:
    """The context of a turn of this caller: its own tenant, role and subject, and what it may assert.

    Raises:
        Problem: it asserts what it may not (403), or a tenant that cannot be one (422).
    """
    for name in GUARDED_FIELDS:
        if getattr(asserted, name) is not None and Scope.CONTEXT_SET not in principal.scopes:
            raise _lacks(
                Scope.CONTEXT_SET,
                principal,
                f"`{field}.{name}` may be asserted only with the scope `{Scope.CONTEXT_SET}`, which `{principal.name}` lacks; leave it out",
            )
    return asserted.model_copy(
        update={
            "tenant": tenant_for(principal, asserted.tenant, f"{field}.tenant"),
            "role": asserted.role or principal.role,
            "role_provenance": asserted.role_provenance if asserted.role or not principal.role else "verified",
            "subject": asserted.subject or principal.subject,
        }
    )


def tenant_for(principal: Principal, asked: str | None, field: str = "tenant") -> str:
    """The tenant that the caller acts for: the one it asks for, else its own.

    Raises:
        Problem: it asks for one that is not its own (403), or that cannot be one (422).
    """
    if asked is None:
        return DEFAULT_TENANT if principal.tenant == ANY_TENANT else principal.tenant
    try:
        require_tenant(asked)
    except AccessError as error:
        fields = (FieldError(field=field, message=str(error)),)
        raise Problem(422, "invalid_request", f"`{field}`: {error}", title="Invalid request", errors=fields) from error
    if not principal.sees(asked):
        raise Problem(
            403,
            "wrong_tenant",
            f"`{principal.name}` acts for the tenant `{principal.tenant}`, not for `{asked}`",
            title="Wrong tenant",
        )
    return asked


def _lacks(scope: Scope, principal: Principal, detail: str) -> Problem:
    return Problem(
        403,
        "insufficient_scope",
        f"{detail}; it has: {', '.join(s for s in Scope if s in principal.scopes) or 'none'}",
        title="Insufficient scope",
        headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
    )
