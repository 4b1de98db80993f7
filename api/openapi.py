"""Parts of ``/openapi.json`` that FastAPI cannot derive, because bodies are read by ``api.body``."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from agent.events import EVENT_TYPES
from api.problems import ProblemDetails

_Input = tuple[type[BaseModel], JsonSchemaMode]

_REF: Final = "#/components/schemas/{model}"

EVENT_STREAM: Final[dict[str, Any]] = {
    "text/event-stream": {
        "schema": {
            "type": "string",
            "description": "Server-Sent Events `" + "`, `".join(EVENT_TYPES) + "`; ids are `<turn_id>:<seq>`",
        }
    }
}


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
        return document

    app.openapi = complete  # type: ignore[method-assign]  # the way FastAPI documents for extending the schema
