"""A client over the application with a scripted service."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from agent.settings import Settings
from api.app import create_app
from tests.unit.api.fakes import FakeService, factory_of


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def settings() -> Settings:
    return Settings(max_body_bytes=20_000, max_attachment_bytes=3_000)


@pytest.fixture
async def client(service: FakeService, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(factory_of(service), settings)
    async with app.router.lifespan_context(app) as state:
        transport = httpx.ASGITransport(app=_with_state(app, dict(state or {})), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            yield http


def _with_state(app, state):
    """What the server does: the lifespan's state is in the scope of every request."""

    async def with_state(scope, receive, send):
        await app({**scope, "state": dict(state)}, receive, send)

    return with_state
