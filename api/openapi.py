"""Parts of ``/openapi.json`` that FastAPI cannot derive, because bodies are read by ``api.body``."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from agent.events import EVENT_TYPES
from api.gate import scope_of
from api.idempotency import PARAMETER
from api.problems import OPENAI_PATHS, ProblemDetails

_Input = tuple[type[BaseModel], JsonSchemaMode]

_OF_POST: Final = (400, 408, 409, 413, 415, 422)
"""Answers to any request with a body or an idempotency key that cannot be taken."""
_REF: Final = "#/components/schemas/{model}"
_JSON_TEXT: Final[dict[str, Any]] = {"type": "string", "contentMediaType": "application/json"}


def event_stream(**data: Any) -> dict[str, Any]:
    """The content of an answer that is a stream of the events with these names, each with the schema of its data."""
    return _stream(
        {
            "event": {"type": "string", "enum": list(data)},
            "data": _JSON_TEXT | {"contentSchema": {"anyOf": list(data.values())}},
            "id": {"type": "string"},
        }
    )


def _stream(event: dict[str, Any]) -> dict[str, Any]:
    item = {"type": "object", "required": list(event), "properties": event}
    return {"text/event-stream": {"itemSchema": item}}


TURN_STREAM: Final = event_stream(
    **{name: {"$ref": _REF.format(model=model.__name__)} for name, model in EVENT_TYPES.items()}
)
"""Events of a turn; ids are ``<turn_id>:<seq>``."""
CHUNKS: Final = _stream(
    {"data": _JSON_TEXT | {"description": "a chunk as OpenAI sends them; the last one is `[DONE]`"}}
)


def json_body(model: type[BaseModel]) -> dict[str, Any]:
    """The request body of an operation. ``with_components`` must be given the model."""
    schema = {"$ref": _REF.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Error answers of an operation."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": {"$ref": _REF.format(model=ProblemDetails.__name__)}}},
        }
        for status in statuses
    }


def openai_errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Error answers of an operation that OpenAI's clients call."""
    fields = {name: {"type": ["string", "null"]} for name in ("message", "type", "param", "code")}
    error = {"type": "object", "required": list(fields), "properties": fields}
    schema = {"type": "object", "required": ["error"], "properties": {"error": error}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {"application/json": {"schema": schema}}}
        for status in statuses
    }


def with_components(app: FastAPI, models: Sequence[type[BaseModel]]) -> None:
    """``/openapi.json`` of ``app`` defines the body models, the problem and the data of every event."""
    derive = app.openapi
    extra: list[type[BaseModel]] = [*models, ProblemDetails, *EVENT_TYPES.values()]

    def complete() -> dict[str, Any]:
        document = derive()
        inputs: list[_Input] = [(model, "validation") for model in extra]
        _, definitions = models_json_schema(inputs, ref_template=_REF)
        schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
        for name, schema in definitions["$defs"].items():
            schemas.setdefault(name, schema)
        _declare_scopes(app, document)
        return document

    app.openapi = complete  # type: ignore[method-assign]  # the way FastAPI documents for extending the schema


def _declare_scopes(app: FastAPI, document: dict[str, Any]) -> None:
    """Every operation that needs a scope says so, and which answers a caller without it gets; every POST takes a key under which
    it may be sent again."""
    bearer = {"type": "http", "scheme": "bearer", "description": "a key of `handrail keys create`, or an OIDC token"}
    document["components"].setdefault("securitySchemes", {})["bearer"] = bearer
    for route in app.routes:
        scope = scope_of(route) if isinstance(route, APIRoute) else None
        if scope is None or not isinstance(route, APIRoute):
            continue
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            operation["security"] = [{"bearer": [scope.value]}]
            statuses: tuple[int, ...] = (401, 403, 429, 503)
            if method == "POST":
                statuses += _OF_POST
                operation["parameters"] = [*operation.get("parameters", ()), PARAMETER]
            told = openai_errors if route.path.startswith(OPENAI_PATHS) else problems
            if "422" in operation["responses"]:  # FastAPI's own says another shape than ours
                statuses += (422,)
                del operation["responses"]["422"]
            for status, answer in told(*statuses).items():
                operation["responses"].setdefault(str(status), answer)
