"""The access matrix: every route times every caller, generated from the list of routes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent.access import ANY_TENANT, Principal, Scope, issue
from agent.models import RequestContext
from api.app import routes
from api.gate import context_for, needs, open_to_all, require_declared, scope_of, tenant_for
from api.problems import Problem
from tests.unit.api.fakes import FakeService
from tests.unit.api.problem import JSON

NOW = datetime.now(UTC) - timedelta(minutes=1)
OPERATIONS = [
    (method, re.sub(r"\{\w+\}", "x", route.path), scope_of(route))
    for route in routes()
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
]
GUARDED = [(method, path, scope) for method, path, scope in OPERATIONS if scope is not None]


def bearer(service: FakeService, *scopes: str, tenant: str = "acme", **changes: object) -> dict[str, str]:
    """The header of a new key."""
    issued = issue("test", tenant=tenant, scopes=scopes, now=NOW)
    service.keys.keys[issued.key.id] = issued.key.model_copy(update=changes)
    return {"Authorization": f"Bearer {issued.token}"}


async def ask(client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str] | None = None) -> int:
    content = b"{}" if method in ("POST", "PUT", "PATCH") else None
    return (await client.request(method, path, content=content, headers={**JSON, **(headers or {})})).status_code


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED)
@pytest.mark.parametrize("held", list(Scope))
async def test_a_route_takes_exactly_the_callers_with_its_scope(
    client: httpx.AsyncClient, service: FakeService, method: str, path: str, scope: Scope, held: Scope
) -> None:
    if path.startswith("/v1/policies") and held is scope:
        service.policies.load()  # takes a second; only these routes look at them
    content = b"{}" if method in ("POST", "PUT", "PATCH") else None
    answer = await client.request(method, path, content=content, headers={**JSON, **bearer(service, held)})
    assert ("insufficient_scope" in answer.text) == (held is not scope), (answer.text, held)
    assert answer.status_code not in (401, 500), answer.text


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED)
async def test_without_credentials_no_guarded_route_is_reached_once_there_is_a_key(
    client: httpx.AsyncClient, service: FakeService, method: str, path: str, scope: Scope
) -> None:
    bearer(service, "chat")
    assert await ask(client, method, path) == 401
    assert await ask(client, method, path, {"Authorization": "Bearer hr_abcdefghijkm_" + "a" * 43}) == 401


@pytest.mark.parametrize(("method", "path"), [(m, p) for m, p, scope in OPERATIONS if scope is None])
async def test_public_routes_ask_for_nothing(
    client: httpx.AsyncClient, service: FakeService, method: str, path: str
) -> None:
    bearer(service, "chat")
    assert await ask(client, method, path) == 200


def test_some_routes_are_guarded_and_every_one_is_declared() -> None:
    assert len(GUARDED) >= 5
    require_declared(routes())


async def _nothing(request: Request) -> Response:
    return Response()


@pytest.mark.parametrize(
    "route",
    [
        APIRoute("/v1/new", _nothing),
        APIRoute("/v1/new", _nothing, dependencies=[needs(Scope.CHAT), open_to_all()]),
        Route("/v1/new", _nothing),
    ],
)
def test_a_route_that_does_not_say_who_may_call_it_stops_the_application(route: Route) -> None:
    with pytest.raises(TypeError, match=r"`/v1/new` must declare one of"):
        require_declared([route])


# --- what a caller may assert ---------------------------------------------------------------------------

CHAT = Principal(name="key:a", tenant="acme", scopes=frozenset({Scope.CHAT}))
TRUSTED = CHAT.model_copy(update={"scopes": frozenset({Scope.CHAT, Scope.CONTEXT_SET})})
PLATFORM = TRUSTED.model_copy(update={"tenant": ANY_TENANT})
PROVEN = CHAT.model_copy(update={"role": "clinician", "subject": "ana"})


@pytest.mark.parametrize("field", ["tenant", "role", "audience", "subject"])
def test_only_the_scope_lets_a_caller_say_who_asks(field: str) -> None:
    with pytest.raises(Problem) as caught:
        context_for(CHAT, RequestContext.model_validate({field: "acme"}))
    assert (caught.value.status, caught.value.code) == (403, "insufficient_scope")
    assert f"`context.{field}`" in caught.value.detail
    assert getattr(context_for(TRUSTED, RequestContext.model_validate({field: "acme"})), field) == "acme"


def test_where_and_how_may_be_said_by_anybody() -> None:
    given = RequestContext(locale="es-MX", jurisdiction="MX", channel="web")
    assert context_for(CHAT, given) == given.model_copy(update={"tenant": "acme"})


def test_a_token_brings_its_role_and_subject() -> None:
    found = context_for(PROVEN, RequestContext())
    assert (found.tenant, found.role, found.subject) == ("acme", "clinician", "ana")


def test_a_caller_acts_for_its_own_tenant_only() -> None:
    assert tenant_for(TRUSTED, None) == "acme"
    assert tenant_for(PLATFORM, None) == "default"
    assert tenant_for(PLATFORM, "other") == "other"
    with pytest.raises(Problem) as caught:
        tenant_for(TRUSTED, "other")
    assert (caught.value.status, caught.value.code) == (403, "wrong_tenant")


@pytest.mark.parametrize("tenant", ["*", "a/b", "", "\n", "x" * 65, "' OR 1=1 --"])
def test_what_cannot_be_a_tenant_is_said(tenant: str) -> None:
    with pytest.raises(Problem) as caught:
        tenant_for(PLATFORM, tenant)
    assert (caught.value.status, caught.value.param) == (422, "tenant")


# --- through HTTP ----------------------------------------------------------------------------------------


async def test_the_turns_of_a_tenant_are_not_there_for_another(client: httpx.AsyncClient, service: FakeService) -> None:
    turn = await client.post("/v1/turns", json={"input": "hello"}, headers=bearer(service, "chat", tenant="acme"))
    assert service.runner.requests[0].context.tenant == "acme"
    path = f"/v1/turns/{turn.json()['turn_id']}/events"
    assert (await client.get(path, headers=bearer(service, "chat", tenant="other"))).status_code == 404
    assert (await client.get(path, headers=bearer(service, "chat", tenant="acme"))).status_code == 200
    assert (await client.get(path, headers=bearer(service, "chat", tenant="*"))).status_code == 200


async def test_a_role_without_the_scope_is_refused_on_both_endpoints(
    client: httpx.AsyncClient, service: FakeService
) -> None:
    headers = bearer(service, "chat")
    turn = await client.post("/v1/turns", json={"input": "hi", "context": {"role": "clinician"}}, headers=headers)
    assert (turn.status_code, turn.json()["code"]) == (403, "insufficient_scope")
    body = {"messages": [{"role": "user", "content": "hi"}], "handrail": {"context": {"role": "clinician"}}}
    chat = await client.post("/v1/chat/completions", json={"model": "x", **body}, headers=headers)
    assert (chat.status_code, chat.json()["error"]["code"]) == (403, "insufficient_scope")
    assert service.runner.requests == []


async def test_the_description_says_which_scope_an_operation_needs(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    operation = document["paths"]["/v1/turns"]["post"]
    assert operation["security"] == [{"bearer": ["chat"]}]
    assert {"401", "403", "429"} <= set(operation["responses"])
    assert "security" not in document["paths"]["/healthz"]["get"]


def test_a_role_that_a_token_proves_is_verified():
    proven = Principal(
        name="oidc:ann", tenant="acme", scopes=frozenset({Scope.CHAT, Scope.CONTEXT_SET}), role="clinician"
    )
    assert context_for(proven, RequestContext()).role_provenance == "verified"
    assert context_for(proven, RequestContext(role="minor")).role_provenance is None
    plain = Principal(name="key:x", tenant="acme", scopes=frozenset({Scope.CHAT}))
    assert context_for(plain, RequestContext()).role_provenance is None
