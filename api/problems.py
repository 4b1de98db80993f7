"""Errors as a client sees them: RFC 9457 problem details, and OpenAI's shape under the OpenAI endpoints.

ApiError
├── Problem          an answer other than success, ready to be sent
├── Replayed         the answer that the same request had before
└── ClientLeft       the client closed the connection; nobody reads the answer
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent.errors import (
    AttachmentTooLarge,
    CaseConflict,
    CaseTextHeld,
    EmptyInput,
    InputTooLong,
    InvalidAttachment,
    KeyInUse,
    KeyReused,
    NoDraft,
    RecordsUnavailable,
    RequestError,
    TooMuchFeedback,
    TurnFailedError,
    UnknownCase,
    UnknownThread,
    UnknownTurn,
    UnsupportedAttachment,
)
from agent.events import TurnFailed
from agent.replays import Answer
from corpora.errors import (
    CorporaError,
    CorpusStoreUnavailable,
    CurationError,
    LintFailed,
    MissingReason,
    NotAllowed,
    NothingToPublish,
    PublisherBusy,
    UnknownRelease,
    UnknownRevision,
    UnsafePath,
    WrongState,
)
from policies.errors import PolicyError, PolicyLoadError, UnknownVersionError
from retrieval.errors import EmptyIndex, IndexMismatch, RetrievalError, StoreBusy

OPENAI_PATHS: Final = ("/v1/chat/", "/v1/models", "/v1/moderations")
"""Paths whose errors have OpenAI's shape."""

_STATUS_OF_REQUEST_ERROR: Final[dict[type[RequestError], int]] = {
    EmptyInput: 422,
    InputTooLong: 413,
    InvalidAttachment: 422,
    UnsupportedAttachment: 415,
    AttachmentTooLarge: 413,
    UnknownThread: 404,
    UnknownTurn: 404,
    UnknownCase: 404,
    CaseConflict: 409,
    CaseTextHeld: 422,
    NoDraft: 409,
    TooMuchFeedback: 409,
    KeyReused: 422,
    KeyInUse: 409,
}
_STATUS_OF_CURATION_ERROR: Final[dict[type[CurationError], int]] = {
    UnknownRevision: 404,
    UnknownRelease: 404,
    NotAllowed: 403,
    WrongState: 409,
    NothingToPublish: 409,
    PublisherBusy: 409,
    MissingReason: 422,
    LintFailed: 422,
    UnsafePath: 422,
}
_TITLES: Final = {
    "empty_input": "Empty input",
    "input_too_long": "Input too long",
    "invalid_attachment": "Invalid attachment",
    "unsupported_attachment": "Unsupported attachment",
    "attachment_too_large": "Attachment too large",
    "unknown_thread": "Unknown thread",
    "unknown_turn": "Unknown turn",
    "unknown_case": "Unknown case",
    "case_conflict": "Case conflict",
    "case_text_held": "Text held",
    "no_draft": "No draft",
    "too_much_feedback": "Too much feedback",
    "idempotency_key_reused": "Key used for another request",
    "idempotency_key_in_use": "Request under way",
}

logger = logging.getLogger(__name__)


class FieldError(BaseModel):
    """What is wrong with one field."""

    field: str
    """Dotted path, e.g. ``context.locale``."""
    message: str


class ProblemDetails(BaseModel):
    """The body of an error, ``application/problem+json``."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    errors: list[FieldError] = []


class ApiError(Exception):
    """Base of the errors raised by the HTTP layer on purpose."""


class ClientLeft(ApiError):
    """The client closed the connection before its answer was ready."""


class Replayed(ApiError):
    """The request came before; this is the answer that it had."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("replayed")
        self.response = Response(
            answer.body, answer.status, headers={**dict(answer.headers), "Idempotent-Replayed": "true"}
        )


class Problem(ApiError):
    """An answer other than success."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        title: str | None = None,
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.title = title or _TITLES.get(code) or HTTPStatus(status).phrase
        self.errors = errors
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    @property
    def param(self) -> str | None:
        """The first field at fault."""
        return self.errors[0].field if self.errors else None


def members(problem: Problem) -> dict[str, Any]:
    """The members that problem details always have, wherever it came up."""
    return {
        "type": f"urn:handrail:problem:{problem.code.replace('_', '-')}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
    }


def render(request: Request, problem: Problem) -> Response:
    """The problem in the shape that clients of this path expect."""
    if request.url.path.startswith(OPENAI_PATHS):
        return _openai_error(problem)
    body = members(problem) | {"instance": request.url.path}
    if problem.errors:
        body["errors"] = [error.model_dump() for error in problem.errors]
    return JSONResponse(
        body | problem.extra, problem.status, headers=problem.headers, media_type="application/problem+json"
    )


def openai_error_body(problem: Problem) -> dict[str, Any]:
    """The problem as OpenAI's error object."""
    kind = "invalid_request_error" if problem.status < 500 else "server_error"
    error = {"message": problem.detail, "type": kind, "param": problem.param, "code": problem.code}
    return {"error": error | ({"handrail": problem.extra} if problem.extra else {})}


def _openai_error(problem: Problem) -> Response:
    return JSONResponse(openai_error_body(problem), problem.status, headers=problem.headers)


# --- from exceptions to problems --------------------------------------------------------------------


def of_request_error(error: RequestError) -> Problem:
    """The input cannot be a turn."""
    headers = {"Retry-After": "1"} if isinstance(error, KeyInUse) else {}
    return Problem(_STATUS_OF_REQUEST_ERROR.get(type(error), 400), error.code, str(error), headers=headers)


def of_failed_turn(turn_id: str, failure: TurnFailed | TurnFailedError) -> Problem:
    """The turn failed closed; ``text`` is what the person should read."""
    headers = {"Retry-After": "2"} if failure.status == 503 else {}
    extra = {"turn_id": turn_id, "text": failure.text}
    return Problem(failure.status, failure.code, failure.detail, title="Turn failed", headers=headers, extra=extra)


def of_corpora_error(error: CorporaError) -> Problem:
    """A step of the editorial work that cannot be taken, or a document that cannot be read."""
    if isinstance(error, CorpusStoreUnavailable):
        return Problem(503, "library_unavailable", str(error), headers={"Retry-After": "2"})
    if isinstance(error, CurationError):
        fields: tuple[FieldError, ...] = ()
        if isinstance(error, LintFailed):
            fields = tuple(
                FieldError(field=f"{f.path}:{f.line}", message=f"{f.code}: {f.message}") for f in error.findings
            )
        headers = {"Retry-After": "5"} if isinstance(error, PublisherBusy) else {}
        title = error.code.replace("_", " ").capitalize()
        return Problem(
            _STATUS_OF_CURATION_ERROR[type(error)], error.code, str(error), title=title, errors=fields, headers=headers
        )
    return Problem(422, "invalid_document", str(error), title="Invalid document")


def of_retrieval_error(error: RetrievalError) -> Problem:
    """A release that cannot be built or switched to; what was served is served still."""
    if isinstance(error, EmptyIndex | StoreBusy | IndexMismatch):
        return Problem(409, "release_not_built", str(error), title="Release not built")
    return Problem(503, "guidance_unavailable", str(error), title="Guidance unavailable", headers={"Retry-After": "2"})


def of_policy_error(error: PolicyError) -> Problem:
    """Policies that cannot be used, or a version that does not exist; what is live stays live."""
    if isinstance(error, PolicyLoadError):
        fields = tuple(FieldError(field=f"{p.file}:{p.line}", message=p.message) for p in error.problems)
        return Problem(422, "invalid_policies", str(error), title="Invalid policies", errors=fields)
    if isinstance(error, UnknownVersionError):
        return Problem(404, "unknown_version", str(error), title="Unknown version")
    return Problem(409, "policies_not_changed", str(error), title="Policies not changed")


def of_http_exception(error: HTTPException, request: Request) -> Problem:
    """Errors of the router."""
    path, method = request.url.path, request.method
    if error.status_code == 404:
        return Problem(404, "not_found", f"nothing is at `{path[:200]}`; see /docs for what is")
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        detail = f"`{path[:200]}` does not take {method}; it takes {allowed or 'other methods'}"
        return Problem(405, "method_not_allowed", detail, headers=error.headers)
    return Problem(error.status_code, "http_error", str(error.detail), headers=error.headers)


def of_validation(error: RequestValidationError) -> Problem:
    """A path, query or header value that FastAPI could not read."""
    fields = tuple(
        FieldError(field=".".join(str(part) for part in item["loc"]), message=str(item["msg"]).lower())
        for item in error.errors()
    )
    return Problem(422, "invalid_request", "the request has wrong values", title="Invalid request", errors=fields)


# --- handlers -----------------------------------------------------------------------------------------


async def _on_problem(request: Request, error: Exception) -> Response:
    match error:
        case Problem():
            return render(request, error)
        case RequestError():
            return render(request, of_request_error(error))
        case TurnFailedError():
            return render(request, of_failed_turn(error.turn_id, error))
        case CorporaError():
            return render(request, of_corpora_error(error))
        case RetrievalError():
            return render(request, of_retrieval_error(error))
        case RecordsUnavailable():
            return render(request, Problem(503, "records_unavailable", str(error), headers={"Retry-After": "2"}))
        case PolicyError():
            return render(request, of_policy_error(error))
        case HTTPException():
            return render(request, of_http_exception(error, request))
        case RequestValidationError():
            return render(request, of_validation(error))
        case Replayed():
            return error.response
        case ClientLeft():
            return Response(status_code=499)
        case _:
            raise error


async def _on_unexpected(request: Request, error: Exception) -> Response:
    logger.error("request failed", extra={"action": "request_crashed", "path": request.url.path}, exc_info=error)
    detail = "the request could not be handled; the cause is in the log of the service"
    return render(request, Problem(500, "internal_error", detail))


HANDLERS: Final[dict[Any, Any]] = {
    Problem: _on_problem,
    RequestError: _on_problem,
    TurnFailedError: _on_problem,
    ClientLeft: _on_problem,
    Replayed: _on_problem,
    CorporaError: _on_problem,
    RetrievalError: _on_problem,
    RecordsUnavailable: _on_problem,
    PolicyError: _on_problem,
    HTTPException: _on_problem,
    RequestValidationError: _on_problem,
    Exception: _on_unexpected,
}
"""Which handler answers which exception."""
