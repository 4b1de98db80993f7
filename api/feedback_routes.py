"""What people say of turns: ``POST /v1/turns/{turn_id}/feedback``, and the sums of it at ``GET /v1/feedback``."""

from __future__ import annotations

from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.routing import BaseRoute

from agent.access import Scope
from agent.feedback import MAX_TEXT, FeedbackReport, Given, Verdict
from agent.models import Given as GivenText
from api.body import read_model
from api.gate import needs, principal_of
from api.openapi import json_body, problems
from api.ports import Service


class FeedbackBody(BaseModel):
    """What somebody says of a turn."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    verdict: Verdict = Field(
        description="`accepted` (the alternative was taken up), `helpful`, `not_what_i_asked` or `wrongly_refused`"
    )
    text: GivenText = Field("", max_length=MAX_TEXT, description="in their own words; kept redacted and sealed")


async def give_feedback(request: Request, turn_id: str) -> Given:
    """Say what you think of a turn. Saying the same again changes nothing; a share of what people call wrong is looked at by a
    reviewer, whose verdict comes as an event of the thread."""
    body, service = await read_model(request, FeedbackBody), _service(request)
    return await service.feedback.give(turn_id, principal_of(request).own_tenant, body.verdict, body.text)


async def feedback_report(request: Request) -> FeedbackReport:
    """What people of your tenant said, by rule and by cited document, the worst first."""
    return await _service(request).feedback.report(principal_of(request).own_tenant)


def _service(request: Request) -> Service:
    service: Service = request.state.service
    return service


def feedback_routes() -> list[BaseRoute]:
    """Both routes."""
    return [
        APIRoute(
            "/v1/turns/{turn_id}/feedback",
            give_feedback,
            methods=["POST"],
            tags=["turns"],
            summary="Say what you think of a turn",
            dependencies=[needs(Scope.CHAT)],
            openapi_extra=json_body(FeedbackBody),
            responses=problems(400, 404, 408, 409, 413, 415, 422),
        ),
        APIRoute(
            "/v1/feedback",
            feedback_report,
            methods=["GET"],
            tags=["service"],
            summary="What people say of turns",
            dependencies=[needs(Scope.AUDIT)],
        ),
    ]


BODIES: list[type[BaseModel]] = [FeedbackBody]
"""Bodies that ``api.openapi`` must describe."""
