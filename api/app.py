"""The HTTP application: routes as a list, one service for its lifetime, one shape for errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from agent.access import Scope
from agent.models import TurnResult
from agent.settings import Settings
from api import health, openai_compat, pages, thread_events, turns
from api.attachments import PATHS, largest_body
from api.authentication import Authenticator
from api.cases_routes import BODIES as CASE_BODIES
from api.cases_routes import case_routes
from api.corpora_routes import BODIES, corpora_routes
from api.feedback_routes import BODIES as FEEDBACK_BODIES
from api.feedback_routes import feedback_routes
from api.gate import Gate, needs, open_to_all, require_declared
from api.idempotency import KeepsAnswers
from api.metrics import metrics_route
from api.oidc import oidc_verifier
from api.openai_schemas import ChatRequest
from api.openapi import CHUNKS, TURN_STREAM, json_body, openai_errors, problems, with_components
from api.policies_routes import BODIES as POLICY_BODIES
from api.policies_routes import policies_routes
from api.ports import Service, ServiceFactory
from api.problems import HANDLERS
from api.rate_limits import RateLimits
from api.schemas import Health, Readiness, TurnRequest
from api.screening_routes import BODIES as SCREENING_BODIES
from api.screening_routes import screening_routes
from api.security import BodyLimit, SecurityHeaders, cors
from api.version import package_version

DESCRIPTION = """Handrail stands between a chat frontend and a language model. For every message it decides whether to
answer, answer with care, guide, refuse or escalate; says why; and, where it declines, hands over the nearest safe thing."""


class State(TypedDict):
    """What every request can reach as ``request.state``."""

    service: Service
    gate: Gate


def create_app(service_factory: ServiceFactory, settings: Settings) -> FastAPI:
    """The application. ``service_factory`` is entered at start-up and left at shut-down. Streams that would never end by
    themselves end when ``state.stopping`` is set; those of turns are finished.

    Raises:
        TypeError: a route does not declare who may call it.
    """
    served = routes()
    require_declared(served)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        async with service_factory() as service, oidc_verifier(settings) as oidc:
            rates = RateLimits(settings)
            try:
                yield {"service": service, "gate": Gate(Authenticator(service.keys, oidc), rates)}
            finally:
                await rates.close()

    app = FastAPI(
        title="Handrail",
        description=DESCRIPTION,
        version=package_version(),
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        routes=served,
        lifespan=lifespan,
        middleware=[
            Middleware(SecurityHeaders),
            *cors(settings.cors_origins),
            Middleware(
                BodyLimit,
                max_bytes=settings.max_body_bytes,
                timeout_s=settings.body_timeout_s,
                at=dict.fromkeys(PATHS, largest_body(settings.max_body_bytes, settings.max_attachment_bytes)),
            ),
            Middleware(KeepsAnswers),
        ],
        exception_handlers=dict(HANDLERS),
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        docs_url=None,
        redoc_url=None,
    )
    app.state.stopping = asyncio.Event()
    bodies: list[type[BaseModel]] = [
        thread_events.Verdict,
        *SCREENING_BODIES,
        *BODIES,
        *POLICY_BODIES,
        *CASE_BODIES,
        *FEEDBACK_BODIES,
    ]
    with_components(app, [TurnRequest, ChatRequest, *bodies])
    return app


def routes() -> list[BaseRoute]:
    """Everything that is served."""
    turn, openai, service = ["turns"], ["openai-compatible"], ["service"]
    return [
        APIRoute(
            "/v1/turns",
            turns.create_turn,
            methods=["POST"],
            tags=list(turn),
            summary="Run a turn",
            dependencies=[needs(Scope.CHAT)],
            openapi_extra=json_body(TurnRequest),
            responses={200: {"model": TurnResult, "content": TURN_STREAM}, **problems(400, 404, 413, 415, 422, 503)},
        ),
        APIRoute(
            "/v1/turns/{turn_id}/events",
            turns.replay_events,
            methods=["GET"],
            tags=list(turn),
            summary="Replay the events of a turn",
            dependencies=[needs(Scope.CHAT)],
            responses={200: {"description": "The events", "content": TURN_STREAM}, **problems(400, 404)},
        ),
        APIRoute(
            "/v1/chat/completions",
            openai_compat.create_chat_completion,
            methods=["POST"],
            tags=list(openai),
            summary="Chat completion",
            dependencies=[needs(Scope.CHAT)],
            openapi_extra=json_body(ChatRequest),
            responses={200: {"content": CHUNKS}},
        ),
        APIRoute(
            "/v1/models",
            openai_compat.list_models,
            methods=["GET"],
            tags=list(openai),
            summary="List models",
            dependencies=[needs(Scope.CHAT)],
        ),
        APIRoute(
            "/v1/models/{model_id}",
            openai_compat.get_model,
            methods=["GET"],
            tags=list(openai),
            summary="Describe a model",
            dependencies=[needs(Scope.CHAT)],
            responses=openai_errors(404),
        ),
        APIRoute(
            "/healthz",
            health.healthz,
            methods=["GET"],
            tags=list(service),
            summary="Is the process alive?",
            dependencies=[open_to_all()],
            response_model=Health,
        ),
        APIRoute(
            "/readyz",
            health.readyz,
            methods=["GET"],
            tags=list(service),
            summary="Can turns be run?",
            dependencies=[open_to_all()],
            responses={200: {"model": Readiness}, **problems(503)},
        ),
        metrics_route(),
        *screening_routes(),
        *corpora_routes(),
        *policies_routes(),
        *case_routes(),
        *feedback_routes(),
        APIRoute(
            "/v1/threads/{thread_id}/events",
            thread_events.thread_events,
            methods=["GET"],
            tags=["threads"],
            summary="Follow the events of a thread",
            dependencies=[needs(Scope.CHAT)],
            responses={
                200: {"description": "The verdicts", "content": thread_events.STREAM},
                **problems(400, 404, 422),
            },
        ),
        Route("/", pages.index),
        Route("/docs", pages.docs),
        Route("/favicon.ico", pages.favicon),
        Mount("/static", StaticFiles(directory=pages.STATIC)),
    ]
