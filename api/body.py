"""Reading a JSON body into a model, with an error that names the byte, the field and the fix."""

from __future__ import annotations

import difflib
import typing
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from api.problems import FieldError, Problem

M = TypeVar("M", bound=BaseModel)

ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*$"
"""Pattern of text without control characters: what is kept under it forges no line of a list."""


async def read_model(request: Request, model: type[M]) -> M:
    """The body as ``model``.

    Raises:
        Problem: the body is not JSON (400, 415), or does not fit the model (422).
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Problem(
            415,
            "unsupported_media_type",
            f"the body is declared as `{kind[:100] or 'nothing'}`; send JSON with the header `Content-Type: application/json`",
        )
    body = await request.body()
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        detail = f"the body is not UTF-8: byte {error.start} is `0x{body[error.start]:02x}`; encode the JSON as UTF-8"
        raise Problem(400, "invalid_encoding", detail, title="Invalid encoding") from error
    return parse_model(text, model)


def parse_model(text: str, model: type[M]) -> M:
    """The JSON text as ``model``. Raises as ``read_model``."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        details = error.errors(include_url=False)
        if details[0]["type"] == "json_invalid":
            reason = details[0]["ctx"]["error"] if "ctx" in details[0] else details[0]["msg"]
            raise Problem(400, "invalid_json", f"the body is not JSON: {reason}", title="Invalid JSON") from error
        fields = tuple(FieldError(field=_path(item), message=_message(item, model)) for item in details)
        detail = "; ".join(f"`{field.field or 'body'}`: {field.message}" for field in fields[:3])
        more = f" (and {len(fields) - 3} more)" if len(fields) > 3 else ""
        raise Problem(422, "invalid_request", detail + more, title="Invalid request", errors=fields) from error


def _path(item: ErrorDetails) -> str:
    return ".".join(str(part) for part in item["loc"])


def _message(item: ErrorDetails, model: type[BaseModel]) -> str:
    """What was expected, in words; the value itself is left out, for it may be what the person wrote."""
    match item["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            known = _fields_at(model, item["loc"][:-1])
            close = difflib.get_close_matches(str(item["loc"][-1]), known, n=1, cutoff=0.6)
            return "is not a known field" + (
                f"; did you mean `{close[0]}`?" if close else f"; known: {', '.join(known)}"
            )
        case "string_type":
            return f"expected text, found {_kind(item['input'])}"
        case "bool_type":
            return f"expected true or false, found {_kind(item['input'])}"
        case "list_type":
            return f"expected a list, found {_kind(item['input'])}"
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"expected an object, found {_kind(item['input'])}"
        case "string_too_long" | "too_long" if isinstance(item["input"], str):
            return f"has {len(str(item['input'])):,} characters; at most {item['ctx']['max_length']:,} are accepted"
        case _:
            return item["msg"][:1].lower() + item["msg"][1:]


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "an object"


def _fields_at(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Names of the fields of the model that ``path`` leads to."""
    for part in path:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        inner = _model_in(field.annotation) if field else None
        if inner is None:
            return []
        model = inner
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in typing.get_args(annotation))
    return next((model for model in found if model is not None), None)
