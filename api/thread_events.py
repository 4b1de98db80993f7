"""``GET /v1/threads/{thread_id}/events``: what happens in a thread outside its turns, such as the verdict of a reviewer."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Final

from pydantic import AwareDatetime, BaseModel
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from agent.access import DEFAULT_TENANT, Principal
from agent.errors import RecordsUnavailable, UnknownThread
from agent.review import Review
from api.gate import principal_of, tenant_for
from api.openapi import event_stream
from api.ports import Service
from api.problems import Problem
from api.sse import PING_S

POLL_S: Final = 0.4
"""How often the database is asked; events of other processes are heard within this time and a bit."""
STREAM: Final = event_stream(**{"case.resolved": {"$ref": "#/components/schemas/Verdict"}})
_EVENT_ID: Final = re.compile(r"(?P<thread_id>[A-Za-z0-9_-]{1,100}):(?P<seq>0|[1-9][0-9]{0,17})")


class Verdict(BaseModel):
    """What a reviewer said of a case; `text` is null once the person was erased."""

    thread_id: str
    case_id: str
    resolution: str
    text: str | None
    at: AwareDatetime


async def thread_events(request: Request, thread_id: str, tenant: str | None = None) -> Response:
    """Events of a thread as they happen, from the first one or from the one after the header `Last-Event-ID`. The stream stays
    open until the service stops; come back then. `tenant` is for callers that act for every tenant."""
    service: Service = request.state.service
    of = _tenant(principal_of(request), tenant)
    if not await service.runner.knows(of, thread_id):
        raise UnknownThread(f"unknown thread `{thread_id[:80]}`")
    after = _seq_after(request.headers.get("last-event-id"), thread_id)
    stopping: asyncio.Event = request.app.state.stopping
    return EventSourceResponse(_events(service.review, of, thread_id, after, stopping), ping=PING_S)


def _tenant(principal: Principal, asked: str | None) -> str:
    return tenant_for(principal, asked) if asked is not None else principal.own_tenant or DEFAULT_TENANT


async def _events(
    review: Review, tenant: str, thread_id: str, after: int, stopping: asyncio.Event
) -> AsyncIterator[ServerSentEvent]:
    while not stopping.is_set():
        try:
            found = await review.events(tenant, thread_id, after)
        except RecordsUnavailable:
            found = []  # the client keeps waiting; readiness says what is wrong
        for event, text in found:
            after = event.seq
            verdict = Verdict(
                thread_id=thread_id, case_id=event.case_id, resolution=event.resolution, text=text, at=event.at
            )
            yield ServerSentEvent(verdict.model_dump_json(), event=event.name, id=f"{thread_id}:{event.seq}")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await stopping.wait()


def _seq_after(last_event_id: str | None, thread_id: str) -> int:
    if not last_event_id:
        return 0
    match = _EVENT_ID.fullmatch(last_event_id)
    if match is None or match["thread_id"] != thread_id:
        raise Problem(
            400,
            "invalid_last_event_id",
            f"`Last-Event-ID` is `{last_event_id[:80]}`; expected `{thread_id[:80]}:<number>` as in the `id:` line of an event",
            title="Invalid Last-Event-ID",
        )
    return int(match["seq"])
