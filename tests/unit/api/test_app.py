"""The application as a whole: its life, and what it says about itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from agent.events import EVENT_TYPES
from agent.settings import Settings
from api.app import create_app
from api.corpora_routes import corpora_routes
from api.policies_routes import policies_routes
from api.screening_routes import screening_routes
from tests.unit.api.fakes import FakeService


async def test_the_service_lives_as_long_as_the_application() -> None:
    life: list[str] = []

    @asynccontextmanager
    async def factory() -> AsyncIterator[FakeService]:
        life.append("opened")
        yield FakeService()
        life.append("closed")

    app = create_app(factory, Settings())
    assert life == []
    async with app.router.lifespan_context(app):
        assert life == ["opened"]
    assert life == ["opened", "closed"]


async def test_the_description_names_every_type_it_refers_to(client: httpx.AsyncClient) -> None:
    text = (await client.get("/openapi.json")).text
    document = (await client.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    assert {"TurnRequest", "TurnResult", "ChatRequest", "ProblemDetails"} <= set(schemas)
    assert {model.__name__ for model in EVENT_TYPES.values()} <= set(schemas)
    referred = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert referred <= set(schemas)


async def test_the_description_has_every_operation(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    corpora = {path for path in paths if path.startswith("/v1/corpora/")}
    assert corpora == {route.path for route in corpora_routes()}
    policies = {path for path in paths if path.startswith("/v1/policies")}
    assert policies == {route.path for route in policies_routes()}
    screening = {route.path for route in screening_routes()}
    assert screening <= set(paths)
    assert sorted(paths.keys() - corpora - policies - screening) == [
        "/healthz",
        "/metrics",
        "/readyz",
        "/v1/cases",
        "/v1/cases/metrics",
        "/v1/cases/{case_id}",
        "/v1/cases/{case_id}/claim",
        "/v1/cases/{case_id}/comments",
        "/v1/cases/{case_id}/draft",
        "/v1/cases/{case_id}/reassign",
        "/v1/cases/{case_id}/resolve",
        "/v1/chat/completions",
        "/v1/feedback",
        "/v1/models",
        "/v1/models/{model_id}",
        "/v1/threads/{thread_id}/events",
        "/v1/turns",
        "/v1/turns/{turn_id}/events",
        "/v1/turns/{turn_id}/feedback",
    ]
