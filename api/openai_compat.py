"""``/v1/chat/completions`` and ``/v1/models``: any OpenAI client works by changing its base URL."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent.access import Scope
from agent.events import MessageDelta, MessageHeld, TurnCompleted, TurnEvent, TurnFailed
from agent.models import TurnResult
from api.body import read_model
from api.connection import while_connected
from api.gate import context_for, principal_of
from api.openai_replies import (
    Completion,
    chunk_body,
    completion_body,
    held_chunk_body,
    started,
    url_citations,
    usage_chunk_body,
)
from api.openai_schemas import MODEL, ChatRequest, chat_turn
from api.ports import Service
from api.problems import Problem, of_failed_turn, openai_error_body
from api.sse import PING_S, closed_after

_CREATED = 1_760_000_000
_MODEL_OBJECT = {"id": MODEL, "object": "model", "created": _CREATED, "owned_by": "handrail"}


async def create_chat_completion(request: Request) -> Response:
    """Run a turn for an OpenAI client.

    A message that is declined has `finish_reason` `content_filter`, and its text is the reasoned refusal with the
    alternative. Citations are `annotations`; the whole decision is in `handrail`. Who asks is said in
    `handrail.context` of the request (`extra_body` in the SDK). What is kept back of a reply is told by a chunk with an
    empty delta and `handrail.held`; a chunk that was sent is never taken back.
    """
    service: Service = request.state.service
    body = await read_model(request, ChatRequest)
    turn, notices = chat_turn(body)
    turn = turn.model_copy(
        update={
            "context": context_for(principal_of(request), turn.context, "handrail.context"),
            "can_retract": not body.stream,
            "trusted": Scope.CONTEXT_SET in principal_of(request).scopes,
        }
    )
    if not body.stream:
        result = await while_connected(request, service.runner.run(turn))
        return JSONResponse(completion_body(started(result.turn_id, turn, notices), result))
    turn_id = await service.runner.start(turn)
    events = service.runner.events(turn_id)
    first = await while_connected(request, _first_of_reply(events))
    of = started(turn_id, turn, notices)
    return EventSourceResponse(_chunks(of, first, events, with_usage=body.wants_usage), ping=PING_S)


async def list_models(request: Request) -> Response:
    """The one model there is."""
    return JSONResponse({"object": "list", "data": [_MODEL_OBJECT]})


async def get_model(request: Request, model_id: str) -> Response:
    """The model of this id."""
    if model_id != MODEL:
        raise Problem(404, "model_not_found", f"the model `{model_id[:80]}` does not exist; `{MODEL}` does")
    return JSONResponse(_MODEL_OBJECT)


async def _first_of_reply(events: AsyncIterator[TurnEvent]) -> TurnEvent:
    """The first event that a chunk can be made of. A turn that fails before it becomes an error status, which the
    clients know how to retry.

    Raises:
        Problem: the turn failed before its reply began.
    """
    async for event in events:
        if isinstance(event.data, TurnFailed):
            raise of_failed_turn(event.turn_id, event.data)
        if isinstance(event.data, MessageDelta | MessageHeld | TurnCompleted):
            return event
    raise RuntimeError("a turn ended without a last event")


async def _chunks(
    of: Completion, first: TurnEvent, events: AsyncIterator[TurnEvent], *, with_usage: bool
) -> AsyncIterator[ServerSentEvent]:
    async with closed_after(events):
        yield _data(chunk_body(of, {"role": "assistant", "content": "", "refusal": None}, with_usage=with_usage))
        async for event in _chained(first, events):
            match event.data:
                case MessageDelta(text=text):
                    yield _data(chunk_body(of, {"content": text}, with_usage=with_usage))
                case MessageHeld():
                    yield _data(held_chunk_body(of, event.data, with_usage=with_usage))
                case TurnCompleted(result=result):
                    for chunk in _last_chunks(of, result, with_usage=with_usage):
                        yield _data(chunk)
                case TurnFailed():
                    yield _data(openai_error_body(of_failed_turn(event.turn_id, event.data)))
                case _:
                    pass
        yield ServerSentEvent("[DONE]")


def _last_chunks(of: Completion, result: TurnResult, *, with_usage: bool) -> list[dict[str, Any]]:
    delta = {"annotations": found} if (found := url_citations(result)) else {}
    chunks = [chunk_body(of, delta, result, with_usage=with_usage)]
    return [*chunks, usage_chunk_body(of, result)] if with_usage else chunks


async def _chained(first: TurnEvent, rest: AsyncIterator[TurnEvent]) -> AsyncIterator[TurnEvent]:
    yield first
    async for event in rest:
        yield event


def _data(body: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(body, ensure_ascii=False, separators=(",", ":")))
