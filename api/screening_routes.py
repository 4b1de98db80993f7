"""Parts of a turn by themselves: ``/v1/decisions``, ``/v1/guidance``, ``/v1/outputs``, and ``/v1/moderations`` in OpenAI's shape."""

from __future__ import annotations

import uuid
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from agent.access import Scope
from agent.models import RequestContext, TurnInput
from agent.screening import DecisionView, GuidanceView, Moderated, OutputView
from api.body import read_model
from api.connection import while_connected
from api.gate import context_for, needs, principal_of
from api.openapi import json_body, problems
from api.ports import Service
from api.problems import FieldError, Problem
from api.screening_schemas import (
    CATEGORIES,
    MODERATION_MODEL,
    MOST_TEXTS,
    ModerationRequest,
    OutputRequest,
    ScreenRequest,
)

BODIES = (ScreenRequest, OutputRequest, ModerationRequest)


async def create_decision(request: Request) -> Response:
    """Judge a message and decide on it, without a reply: for a gateway that runs its own model. The decision is on record."""
    service: Service = request.state.service
    body = await read_model(request, ScreenRequest)
    turn = _turn(request, body.input, body.history, body.context)
    view = await while_connected(request, service.screener.decide(turn))
    return Response(view.model_dump_json(), media_type="application/json")


async def create_guidance(request: Request) -> Response:
    """The cited alternative to a message, whatever is decided on it. `alternative` is null where no guidance covers it."""
    service: Service = request.state.service
    body = await read_model(request, ScreenRequest)
    turn = _turn(request, body.input, body.history, body.context)
    view = await while_connected(request, service.screener.guidance(turn))
    return Response(view.model_dump_json(), media_type="application/json")


async def check_output(request: Request) -> Response:
    """Check a text that another model wrote, as a model's words are checked in a turn.

    `passed` is true when it may be shown as it is; else `text` is what may be shown of it and `held` says what was kept
    back, where and why.
    """
    service: Service = request.state.service
    body = await read_model(request, OutputRequest)
    asked = None if body.input is None else _turn(request, body.input, body.history, body.context)
    view = await while_connected(request, service.screener.check(body.output, asked, body.limits))
    return Response(view.model_dump_json(), media_type="application/json")


async def create_moderation(request: Request) -> Response:
    """OpenAI's moderation. `flagged` means that Handrail would not simply answer such a message; `handrail` has every
    hazard by its name and the action. Nothing is recorded."""
    service: Service = request.state.service
    body = await read_model(request, ModerationRequest)
    moderated = await while_connected(request, service.screener.moderate(_texts(body.input)))
    return JSONResponse(
        {
            "id": f"modr-{uuid.uuid4().hex}",
            "model": MODERATION_MODEL,
            "results": [_result(one) for one in moderated],
        }
    )


def screening_routes() -> list[BaseRoute]:
    """The routes of this file."""
    tags = ["screening"]
    return [
        APIRoute(
            "/v1/decisions",
            create_decision,
            methods=["POST"],
            tags=list(tags),
            summary="Judge a message and decide on it",
            dependencies=[needs(Scope.CHAT)],
            openapi_extra=json_body(ScreenRequest),
            responses={200: {"model": DecisionView}, **problems(400, 413, 415, 422, 503)},
        ),
        APIRoute(
            "/v1/guidance",
            create_guidance,
            methods=["POST"],
            tags=list(tags),
            summary="Find the alternative to a message",
            dependencies=[needs(Scope.CHAT)],
            openapi_extra=json_body(ScreenRequest),
            responses={200: {"model": GuidanceView}, **problems(400, 413, 415, 422, 503)},
        ),
        APIRoute(
            "/v1/outputs",
            check_output,
            methods=["POST"],
            tags=list(tags),
            summary="Check a text that a model wrote",
            dependencies=[needs(Scope.CHAT)],
            openapi_extra=json_body(OutputRequest),
            responses={200: {"model": OutputView}, **problems(400, 413, 415, 422, 503)},
        ),
        APIRoute(
            "/v1/moderations",
            create_moderation,
            methods=["POST"],
            tags=["openai-compatible"],
            summary="Moderation",
            dependencies=[needs(Scope.CHAT)],
            openapi_extra=json_body(ModerationRequest),
        ),
    ]


def _turn(request: Request, text: str, history: list[str], context: RequestContext) -> TurnInput:
    return TurnInput(text=text, history=tuple(history), context=context_for(principal_of(request), context))


def _result(moderated: Moderated) -> dict[str, Any]:
    scores = {
        category: max((moderated.hazards.get(hazard, 0.0) for hazard in hazards), default=0.0)
        for category, hazards in CATEGORIES.items()
    }
    return {
        "flagged": moderated.flagged,
        "categories": {category: score >= 0.5 for category, score in scores.items()},
        "category_scores": {category: round(score, 6) for category, score in scores.items()},
        "category_applied_input_types": {category: ["text"] for category in CATEGORIES},
        "handrail": {
            "action": moderated.action.value,
            "hazards": {hazard.value: round(score, 6) for hazard, score in moderated.hazards.items()},
        },
    }


def _texts(given: object) -> list[str]:
    """The texts to judge: one, several, or the parts of one message.

    Raises:
        Problem: it is something else, or a part that is no text.
    """
    if isinstance(given, str):
        return [given]
    if not isinstance(given, list) or not given:
        raise _wrong("input", "`input`: expected a text, a list of texts, or a list of parts")
    if len(given) > MOST_TEXTS:
        raise _wrong("input", f"`input` has {len(given)} items; at most {MOST_TEXTS} are judged in one request")
    if all(isinstance(item, str) for item in given):
        return given
    return ["\n".join(_part(part, index) for index, part in enumerate(given))]


def _part(part: object, index: int) -> str:
    if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
        raise _wrong(
            f"input.{index}",
            f"`input.{index}`: expected a text, or a part of type `text`; nothing else can be judged",
        )
    return str(part["text"])


def _wrong(field: str, message: str) -> Problem:
    return Problem(400, "invalid_input", message, errors=(FieldError(field=field, message=message),))
