"""``/v1/cases``: the work of reviewers. A caller sees the cases of its tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.routing import BaseRoute

from agent.access import Scope
from agent.cases import Case, CaseFilter, CaseMetrics, Resolution
from agent.review import CaseView, Review
from api.body import ONE_LINE, read_model
from api.gate import needs, principal_of
from api.openapi import json_body, problems
from api.problems import FieldError, Problem

MOST: Final = 500
"""Cases in one answer."""
_BODY: Final = (400, 404, 408, 409, 413, 415, 422)
"""Answers of an operation with a body, besides success."""


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CommentBody(_Body):
    """A remark."""

    text: str = Field(description="what other reviewers should know")


class ReassignBody(_Body):
    """Another reviewer."""

    to: str = Field(
        min_length=1, max_length=200, pattern=ONE_LINE, description="name of the reviewer, as in `claimed_by`"
    )


class ResolveBody(_Body):
    """A verdict."""

    resolution: Resolution = Field(
        description="`answered`: `text` is the answer; `draft_approved`: the draft of the case is, and `text` is left out; "
        "`upheld`, `policy_gap`, `guidance_gap`: `text` is the reason"
    )
    text: str = Field("", description="what the person reads, after a sentence of ours")


class CaseSummary(BaseModel):
    """A case in a list: without what anybody wrote."""

    id: str
    tenant: str
    thread_id: str
    turn_id: str
    queue: str
    facet: str
    priority: str
    language: str
    rule_ids: list[str]
    state: Literal["open", "claimed", "resolved"]
    late: bool
    opened_at: str
    due_at: str
    claimed_by: str | None
    claimed_until: str | None
    resolution: str | None
    resolved_by: str | None
    resolved_at: str | None
    notes: int


class NoteBody(BaseModel):
    """A remark; ``text`` is null once the person was erased."""

    by: str
    at: str
    text: str | None


class CaseDetail(CaseSummary):
    """A case with its texts in the open."""

    context: str | None = Field(description="what the person wrote, redacted")
    comments: list[NoteBody]
    draft: str | None = Field(description="what a model would answer, where a reviewer has asked for it")
    reason: str | None = Field(description="the answer or the reason of the verdict")


class CaseList(BaseModel):
    """Cases, the one due soonest first."""

    cases: list[CaseSummary]


async def list_cases(
    request: Request,
    state: Literal["unresolved", "resolved", "any"] = "unresolved",
    queue: str | None = None,
    thread_id: str | None = None,
    limit: int = 100,
) -> CaseList:
    """Cases of your tenant, the one due soonest first."""
    if not 1 <= limit <= MOST:
        field = FieldError(field="limit", message=f"expected 1 to {MOST}")
        raise Problem(422, "invalid_request", f"`limit` is {limit}; expected 1 to {MOST}", errors=(field,))
    wanted = CaseFilter(
        tenant=principal_of(request).own_tenant,
        queue=queue,
        thread_id=thread_id,
        unresolved={"unresolved": True, "resolved": False}.get(state),
        limit=limit,
    )
    review = _review(request)
    return CaseList(cases=[CaseSummary(**summary(case, review.now())) for case in await review.find(wanted)])


async def case_metrics(request: Request) -> CaseMetrics:
    """How soon cases are claimed and resolved, and how often reviewers disagree with each rule."""
    return await _review(request).metrics(principal_of(request).own_tenant)


async def show_case(request: Request, case_id: str) -> CaseDetail:
    """A case with its redacted context and what reviewers wrote."""
    review = _review(request)
    return detail(await review.show(case_id, principal_of(request).own_tenant), review.now())


async def claim_case(request: Request, case_id: str) -> CaseSummary:
    """Take a case for 30 minutes; claiming again prolongs that."""
    caller, review = principal_of(request), _review(request)
    return CaseSummary(**summary(await review.claim(case_id, caller.own_tenant, caller.name), review.now()))


async def comment_case(request: Request, case_id: str) -> CaseSummary:
    """Add a remark for other reviewers."""
    body, caller = await read_model(request, CommentBody), principal_of(request)
    review = _review(request)
    case = await review.comment(case_id, caller.own_tenant, caller.name, body.text)
    return CaseSummary(**summary(case, review.now()))


async def reassign_case(request: Request, case_id: str) -> CaseSummary:
    """Hand a case to another reviewer."""
    body, caller = await read_model(request, ReassignBody), principal_of(request)
    review = _review(request)
    case = await review.reassign(case_id, caller.own_tenant, caller.name, body.to)
    return CaseSummary(**summary(case, review.now()))


async def draft_case(request: Request, case_id: str) -> CaseDetail:
    """Ask the chat model for a draft of an answer to a case that is claimed by you; approve it with the verdict
    `draft_approved`."""
    caller, review = principal_of(request), _review(request)
    return detail(await review.draft(case_id, caller.own_tenant, caller.name), review.now())


async def resolve_case(request: Request, case_id: str) -> CaseSummary:
    """Give the verdict; it reaches the thread as a new message. The case must be claimed by you."""
    body, caller = await read_model(request, ResolveBody), principal_of(request)
    review = _review(request)
    case = await review.resolve(case_id, caller.own_tenant, caller.name, body.resolution, body.text)
    return CaseSummary(**summary(case, review.now()))


def summary(case: Case, now: datetime) -> dict[str, Any]:
    """The fields of ``CaseSummary``."""
    kept = case.model_dump(
        mode="json",
        include={
            *(
                "id",
                "tenant",
                "thread_id",
                "turn_id",
                "queue",
                "facet",
                "priority",
                "language",
                "rule_ids",
                "opened_at",
            ),
            *("due_at", "claimed_by", "claimed_until", "resolution", "resolved_by", "resolved_at"),
        },
    )
    late = (case.resolved_at or now) > case.due_at
    return {**kept, "state": case.state(now), "late": late, "notes": len(case.notes)}


def detail(view: CaseView, now: datetime) -> CaseDetail:
    """The case as it is shown."""
    comments = [
        NoteBody(by=note.by, at=note.at.isoformat(), text=text)
        for note, text in zip(view.case.notes, view.notes, strict=True)
    ]
    return CaseDetail(
        **summary(view.case, now), context=view.context, comments=comments, draft=view.draft, reason=view.reason
    )


def _review(request: Request) -> Review:
    review: Review = request.state.service.review
    return review


def case_routes() -> list[BaseRoute]:
    """Everything under ``/v1/cases``."""
    return [
        _route("GET", "", list_cases, "List cases", (422,)),
        _route("GET", "/metrics", case_metrics, "What the cases add up to", ()),
        _route("GET", "/{case_id}", show_case, "Show a case", (404,)),
        _route("POST", "/{case_id}/claim", claim_case, "Claim a case", (404, 409)),
        _route("POST", "/{case_id}/comments", comment_case, "Comment on a case", _BODY, CommentBody),
        _route("POST", "/{case_id}/reassign", reassign_case, "Reassign a case", _BODY, ReassignBody),
        _route("POST", "/{case_id}/draft", draft_case, "Draft an answer", (404, 409, 422)),
        _route("POST", "/{case_id}/resolve", resolve_case, "Resolve a case", _BODY, ResolveBody),
    ]


def _route(
    method: str,
    path: str,
    endpoint: Any,
    title: str,
    statuses: tuple[int, ...],
    body: type[BaseModel] | None = None,
) -> APIRoute:
    return APIRoute(
        f"/v1/cases{path}",
        endpoint,
        methods=[method],
        tags=["cases"],
        summary=title,
        dependencies=[needs(Scope.REVIEW)],
        openapi_extra=json_body(body) if body else None,
        responses=problems(*statuses),
    )


BODIES: list[type[BaseModel]] = [CommentBody, ReassignBody, ResolveBody]
"""Bodies that ``api.openapi`` must describe."""
