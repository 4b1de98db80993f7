"""``/v1/turns``: run a turn, streaming or not, and replay its events."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from api.body import read_model
from api.connection import while_connected
from api.gate import context_for, principal_of
from api.ports import Service
from api.schemas import TurnRequest
from api.sse import event_stream, seq_after


async def create_turn(request: Request) -> Response:
    """Judge a message, decide by policy, and reply.

    With `stream: true` the answer is a stream of events; each has an id `<turn_id>:<seq>`, a name and JSON data.
    Otherwise it is one result.
    """
    service: Service = request.state.service
    body = await read_model(request, TurnRequest)
    turn = body.turn_input(context_for(principal_of(request), body.context))
    if not body.stream:
        result = await while_connected(request, service.runner.run(turn))
        return Response(result.model_dump_json(), media_type="application/json")
    turn_id = await service.runner.start(turn)
    return event_stream(service.runner.batches(turn_id))


async def replay_events(request: Request, turn_id: str) -> Response:
    """Events of a turn, from the first one or from the one after the header `Last-Event-ID`, live until it is finished."""
    service: Service = request.state.service
    after = seq_after(request.headers.get("last-event-id"), turn_id)
    return event_stream(service.runner.batches(turn_id, after, principal_of(request).own_tenant))
