"""``/v1/corpora``: the editorial work on the library, for a CMS or a Git repository to drive."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import Path, Query
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.routing import BaseRoute

from agent.access import Principal, Scope
from agent.desk import Desk
from api.body import read_model
from api.corpora_schemas import (
    DOCUMENT_ID,
    REVISION,
    ActorBody,
    AffectedView,
    DiffView,
    FileBody,
    FilesView,
    FindingView,
    GapsView,
    HistoryView,
    ImportRequest,
    LintReport,
    LintRequest,
    NewRequest,
    PublishedView,
    PublishRequest,
    ReleasesView,
    ReleaseView,
    RevisionsView,
    RevisionText,
    RollbackRequest,
    StatusView,
    StepRequest,
    actor_of,
)
from api.gate import needs, principal_of
from api.openapi import json_body, problems
from api.problems import FieldError, Problem
from corpora.curation import ImportReport, Revision
from corpora.document import parse_document
from corpora.errors import UnknownRevision
from corpora.findings import Finding
from corpora.folders import Incoming, safe_path
from corpora.intake import SourceApproval, origin_of
from corpora.lifecycle import Actor, Status
from corpora.template import new_document
from retrieval.publisher import Published

BODIES: Final[tuple[type[BaseModel], ...]] = (
    ImportRequest,
    LintRequest,
    NewRequest,
    StepRequest,
    PublishRequest,
    RollbackRequest,
)
"""Request bodies, for ``/openapi.json``."""

_WAITING: Final = (Status.DRAFT, Status.IN_REVIEW, Status.APPROVED, Status.EXPIRED)

DocumentId = Annotated[str, Path(max_length=120, pattern=DOCUMENT_ID)]
SourceName = Annotated[str, Path(max_length=30, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
RevisionQuery = Annotated[str | None, Query(pattern=REVISION, description="at least 6 digits of a revision")]
Limit = Annotated[int, Query(ge=1, le=10_000)]


def acting(request: Request, named: ActorBody | None) -> Actor:
    """The person who acts. The one place where requests say so.

    A token that proves a person and a role speaks for that person only; a key speaks for the people of the system that
    holds it, and names them.

    Raises:
        Problem: nobody is named (422), or somebody other than the token proves (403).
    """
    principal: Principal = principal_of(request)
    if principal.subject is not None and principal.role is not None:
        if named is not None and (named.name, named.role) != (principal.subject, principal.role):
            detail = f"`actor` names `{named.name}` ({named.role}); the token is that of `{principal.subject}` ({principal.role})"
            raise Problem(403, "wrong_actor", f"{detail}; leave `actor` out", title="Wrong actor")
        return _proven(principal)
    if named is None:
        fields = (FieldError(field="actor", message="is required"),)
        detail = '`actor`: is required; say who acts, e.g. {"name": "Ana", "role": "editor"}'
        raise Problem(422, "invalid_request", detail, title="Invalid request", errors=fields)
    return actor_of(named, via=principal.name)


def _proven(principal: Principal) -> Actor:
    try:
        return Actor.model_validate({"name": principal.subject, "role": principal.role, "via": principal.name})
    except ValidationError as error:
        detail = f"the token's subject or role `{principal.role}` cannot stand in the record; roles look like `clinical_reviewer`"
        raise Problem(403, "wrong_actor", detail, title="Wrong actor") from error


# --- documents ----------------------------------------------------------------------------------------


async def import_documents(request: Request) -> ImportReport:
    """Store documents as drafts, whatever status their front matter names. What is stored already is left alone.

    Files that cannot be read are named in `problems`; when none can, the answer is 422.
    """
    body = await read_model(request, ImportRequest)
    actor = acting(request, body.actor)
    report = await _desk(request).curation.import_files(_incoming(body.documents), actor, body.reason)
    if not report.documents:
        errors = tuple(FieldError(field="documents", message=problem) for problem in report.problems)
        raise Problem(422, "invalid_document", report.problems[0], title="Invalid document", errors=errors)
    return report


async def list_documents(
    request: Request,
    status: Annotated[Status | None, Query(description="only revisions in this state")] = None,
    domain: Annotated[str | None, Query(max_length=40)] = None,
    locale: Annotated[str | None, Query(max_length=8)] = None,
) -> RevisionsView:
    """Where every revision stands."""
    revisions = await _desk(request).curation.revisions()
    chosen = [r for r in revisions if status in (None, r.status) and domain in (None, r.domain)]
    return RevisionsView(revisions=[r for r in chosen if locale in (None, r.locale)])


async def get_document(request: Request, document_id: DocumentId) -> RevisionsView:
    """The revisions of a document."""
    return RevisionsView(revisions=list(await _desk(request).curation.revisions(document_id)))


async def get_revision(
    request: Request, document_id: DocumentId, revision: Annotated[str, Path(pattern=REVISION)]
) -> RevisionText:
    """The text of a revision, exactly as it came in."""
    info, data = await _desk(request).curation.text(document_id, revision)
    fields = info.model_dump(include=set(RevisionText.model_fields))
    return RevisionText(**fields, text=data.decode("utf-8"))


async def diff_document(
    request: Request, document_id: DocumentId, old: RevisionQuery = None, new: RevisionQuery = None
) -> DiffView:
    """What the newest revision changes against the served one, or any two revisions."""
    return DiffView(document_id=document_id, diff=await _desk(request).curation.diff(document_id, old, new))


async def lint_document(request: Request, document_id: DocumentId, revision: RevisionQuery = None) -> LintReport:
    """Check a stored revision beside all that is served."""
    return _report(await _desk(request).curation.lint(document_id, revision))


async def lint_documents(request: Request) -> LintReport:
    """Check documents without storing them."""
    body = await read_model(request, LintRequest)
    return _report(await _desk(request).curation.lint_files(_incoming(body.documents)))


async def begin_document(request: Request) -> FileBody:
    """The skeleton of a new document. Nothing is stored."""
    body = await read_model(request, NewRequest)
    path = safe_path(f"{body.domain}/{body.locale}/{body.id}.md")
    today = datetime.now(UTC).date()
    text = new_document(body.id, body.title, body.domain, body.locale, body.author, today)
    parse_document(text, pathlib.Path(path))
    return FileBody(path=path, text=text)


async def export_documents(
    request: Request,
    published: Annotated[bool, Query(description="only what is served")] = False,
    domain: Annotated[str | None, Query(max_length=40)] = None,
    locale: Annotated[str | None, Query(max_length=8)] = None,
) -> FilesView:
    """Every document as a file: its newest revision, or the served one; what was withdrawn is left out.

    An import takes the answer as it is; a large library goes by domain and locale, for a body has a limit.
    """
    files = await _desk(request).curation.files(published=published, domain=domain, locale=locale)
    return FilesView(documents=[FileBody(path=file.path, text=file.data.decode("utf-8")) for file in files])


# --- review -------------------------------------------------------------------------------------------


async def submit(request: Request, document_id: DocumentId) -> Revision:
    """Ask for the review of a draft. Refused while lint finds errors."""
    body = await read_model(request, StepRequest)
    return await _desk(request).curation.submit(document_id, body.revision, acting(request, body.actor), body.reason)


async def approve(request: Request, document_id: DocumentId) -> Revision:
    """Vouch for a revision in review. An author never approves their own."""
    body = await read_model(request, StepRequest)
    return await _desk(request).approve(document_id, body.revision, acting(request, body.actor), body.reason)


async def approve_source(request: Request, source: SourceName) -> SourceApproval:
    """Vouch for all of an imported source in which lint finds no error; `left` names what a person must look at."""
    body = await read_model(request, StepRequest)
    return await _desk(request).approve_source(origin_of(source), acting(request, body.actor), body.reason)


async def reject(request: Request, document_id: DocumentId) -> Revision:
    """Send a revision back to its author."""
    body = await read_model(request, StepRequest)
    return await _desk(request).reject(document_id, body.revision, acting(request, body.actor), body.reason)


async def withdraw(request: Request, document_id: DocumentId) -> RevisionsView:
    """Call a revision back, or all of a document: no turn cites it from the next one on."""
    body = await read_model(request, StepRequest)
    done = await _desk(request).withdraw(document_id, body.revision, acting(request, body.actor), body.reason)
    return RevisionsView(revisions=list(done))


async def retire(request: Request, document_id: DocumentId) -> RevisionsView:
    """Take a revision out of service for good."""
    body = await read_model(request, StepRequest)
    done = await _desk(request).retire(document_id, body.revision, acting(request, body.actor), body.reason)
    return RevisionsView(revisions=list(done))


# --- releases -----------------------------------------------------------------------------------------


async def publish(request: Request) -> PublishedView:
    """Build a release with what is approved, beside the live one, and switch to it."""
    body = await read_model(request, PublishRequest)
    actor = acting(request, body.actor)
    return _published(await _desk(request).publish(actor, body.reason, body.documents))


async def rollback(request: Request) -> PublishedView:
    """Serve an earlier release again."""
    body = await read_model(request, RollbackRequest)
    return _published(await _desk(request).rollback(acting(request, body.actor), body.reason, body.release))


async def list_releases(request: Request) -> ReleasesView:
    """Every release, and which one is live."""
    publisher = _desk(request).publisher
    found, live = await publisher.releases(), await publisher.live()
    return ReleasesView(
        releases=[
            ReleaseView(
                **release.model_dump(include={"id", "number", "sections", "embedder", "created_at"}),
                documents=len(release.documents),
                live=release.id == live,
                last_activated=activation,
            )
            for release, activation in found
        ]
    )


# --- looking ------------------------------------------------------------------------------------------


async def status(request: Request) -> StatusView:
    """What is served, what waits, and how many facts nobody could check."""
    desk = _desk(request)
    await desk.curation.expire_due()
    revisions = await desk.curation.revisions()
    counts = {each.value: sum(r.status is each for r in revisions) for each in Status}
    return StatusView(
        live_release=await desk.publisher.live(),
        counts={name: count for name, count in counts.items() if count},
        unverified_facts=sum(r.unverified for r in revisions if r.status is Status.PUBLISHED),
        waiting=[r for r in revisions if r.status in _WAITING],
    )


async def expiring(
    request: Request,
    within: Annotated[str, Query(pattern=r"^\d{1,4}[dw]$", description="days or weeks: `30d`, `6w`")] = "30d",
) -> RevisionsView:
    """What must be reviewed soon, and what has expired; soonest first."""
    days = int(within[:-1]) * (7 if within.endswith("w") else 1)
    return RevisionsView(revisions=list(await _desk(request).curation.expiring(timedelta(days=days))))


async def history(
    request: Request,
    document_id: Annotated[str | None, Query(max_length=120, pattern=DOCUMENT_ID)] = None,
    revision: RevisionQuery = None,
    limit: Limit = 200,
) -> HistoryView:
    """Who did what when, and why: the last steps, in order."""
    if revision is not None and document_id is None:
        raise UnknownRevision(f"revision `{revision}` of no document; name its `document_id` too")
    return HistoryView(entries=await _desk(request).curation.history(document_id, revision, limit))


async def gaps(request: Request, limit: Limit = 50) -> GapsView:
    """What people asked and no guidance covered, by kind, most asked first; without personal data."""
    found = await _desk(request).gaps(tenant=principal_of(request).own_tenant)
    return GapsView(gaps=found[:limit])


async def affected(request: Request, document_id: DocumentId, revision: RevisionQuery = None) -> AffectedView:
    """Turns of the caller's tenant that cited a document, or one revision of it: a recall."""
    principal = principal_of(request)
    turns = await _desk(request).affected(document_id, revision)
    return AffectedView(turns=[turn for turn in turns if principal.sees(turn.tenant)])


# --- the table ----------------------------------------------------------------------------------------


def corpora_routes() -> list[BaseRoute]:
    """Everything under ``/v1/corpora``."""
    one = "/documents/{document_id}"
    return [
        _get("/status", status, "The library as a whole"),
        _get("/documents", list_documents, "List revisions"),
        _post("/documents", import_documents, "Import documents", ImportRequest, 413, 422),
        _post("/new", begin_document, "Begin a document", NewRequest, 422),
        _post("/lint", lint_documents, "Check documents", LintRequest, 413, 422),
        _get("/export", export_documents, "Export documents"),
        _get(one, get_document, "Show a document", 404),
        _get(f"{one}/revisions/{{revision}}", get_revision, "Show a revision", 404),
        _get(f"{one}/diff", diff_document, "Compare revisions", 404),
        _get(f"{one}/lint", lint_document, "Check a stored revision", 404),
        _get(f"{one}/affected", affected, "List turns that cited a document", 404),
        _post(f"{one}/submit", submit, "Submit for review", StepRequest, 404, 409, 422),
        _post(f"{one}/approve", approve, "Approve", StepRequest, 403, 404, 409),
        _post("/sources/{source}/approve", approve_source, "Approve a source", StepRequest, 403, 409, 422),
        _post(f"{one}/reject", reject, "Reject", StepRequest, 403, 404, 409, 422),
        _post(f"{one}/withdraw", withdraw, "Withdraw", StepRequest, 404, 409, 422),
        _post(f"{one}/retire", retire, "Retire", StepRequest, 404, 409, 422),
        _get("/releases", list_releases, "List releases"),
        _post("/releases", publish, "Publish a release", PublishRequest, 404, 409, 503),
        _post("/rollback", rollback, "Roll back", RollbackRequest, 404, 409, 503),
        _get("/expiring", expiring, "List what expires"),
        _get("/gaps", gaps, "List gaps"),
        _get("/history", history, "Show the history", 404),
    ]


def _get(path: str, endpoint: Any, summary: str, *statuses: int) -> APIRoute:
    return _route("GET", path, endpoint, summary, (422, *statuses))


def _post(path: str, endpoint: Any, summary: str, body: type[BaseModel], *statuses: int) -> APIRoute:
    return _route("POST", path, endpoint, summary, (400, 415, 422, *statuses), json_body(body))


def _route(
    method: str, path: str, endpoint: Any, summary: str, statuses: Sequence[int], extra: dict[str, Any] | None = None
) -> APIRoute:
    return APIRoute(
        f"/v1/corpora{path}",
        endpoint,
        methods=[method],
        tags=["corpora"],
        summary=summary,
        dependencies=[needs(Scope.CURATE)],
        openapi_extra=extra,
        responses=problems(*sorted(set(statuses))),
    )


# --- the pieces ---------------------------------------------------------------------------------------


def _desk(request: Request) -> Desk:
    desk: Desk = request.state.service.desk
    return desk


def _incoming(files: Sequence[FileBody]) -> list[Incoming]:
    return [Incoming(file.path, file.text.encode("utf-8", "surrogatepass")) for file in files]


def _report(findings: Sequence[Finding]) -> LintReport:
    views = [FindingView(**{**finding.model_dump(), "path": str(finding.path)}) for finding in findings]
    errors = sum(view.level == "error" for view in views)
    return LintReport(errors=errors, warnings=len(views) - errors, findings=views)


def _published(done: Published) -> PublishedView:
    return PublishedView(release=done.release, published=list(done.published), taken_out=list(done.taken_out))
