"""Send the reply, piece by piece, and state what came of the turn."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import assert_never

from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime

from agent.context import TurnContext
from agent.errors import RecordsUnavailable
from agent.events import MessageCompleted, MessageDelta, TurnCompleted
from agent.gaps import gap_body
from agent.grounding import next_boundary
from agent.models import MessageHeld, MessageReplaced, Notice, Reply, ReplyPart, Switched, Told, TurnResult
from agent.state import TurnState, TurnUpdate
from agent.views import rationale_view, risk_view
from policies.taxonomy import Action

logger = logging.getLogger(__name__)


async def deliver(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """Every checked part is out, then ``message.completed`` and ``turn.completed``."""
    said = Said()
    async with aclosing(_parts(state["reply"])) as parts:
        async for part in parts:
            said.take(part)
            if not isinstance(part, Switched):
                runtime.context.emit(part)
    state = said.completed(state)
    text = said.text
    runtime.context.emit(MessageCompleted(text=text, citations=state["reply"].citations))
    result = _result(state, runtime.context, text)
    await _note_gap(state, runtime.context)
    runtime.context.emit(TurnCompleted(result=result))
    return {"messages": [AIMessage(text, additional_kwargs={"handrail": _kept(state, result)})]}


async def _note_gap(state: TurnState, ctx: TurnContext) -> None:
    """A search that found nothing is on record for those who write the library. A lost note fails no turn."""
    found = state.get("retrieved")
    if found is None:
        return
    body = gap_body(state["perception"], state["facts"], state["decision"], found, state["reply"])
    if body is None:
        return
    try:
        text = str(body.pop("text"))
        await ctx.record("gap", state["facts"].context.tenant, body, text, state["facts"].text.language)
    except RecordsUnavailable as error:
        logger.warning("gap not recorded: %s", error, extra={"action": "gap_lost", "turn_id": ctx.turn_id})


class Said:
    """The reply as the client has it."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._held: list[str] = []
        self._switched: Switched | None = None

    def take(self, part: ReplyPart) -> None:
        """One more part has left."""
        match part:
            case MessageDelta():
                self._pieces.append(part.text)
            case MessageReplaced():
                text = self.text
                self._pieces = [text[: part.start] + part.text + text[part.end :]]
            case MessageHeld():
                self._held += part.checks
            case Switched():
                self._switched = part
            case _:
                assert_never(part)

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._pieces)

    def completed(self, state: TurnState) -> TurnState:
        """The state with the reply as it turned out: what was held of it, and the alternative it went over to."""
        reply = state["reply"]
        held = tuple(dict.fromkeys((*reply.held, *self._held)))
        if self._switched is None:
            return {**state, "reply": reply.model_copy(update={"held": held})}
        alternative, citations, retrieved = (
            self._switched.alternative,
            self._switched.citations,
            self._switched.retrieved,
        )
        turned = reply.model_copy(update={"held": held, "alternative": alternative, "citations": citations})
        return {**state, "reply": turned, "retrieved": retrieved}


async def _parts(reply: Reply) -> AsyncGenerator[ReplyPart, None]:
    if reply.stream is not None:
        async with aclosing(reply.stream()) as parts:
            async for part in parts:
                yield part
        return
    start = 0
    while start < len(reply.text):
        end = next_boundary(reply.text, start) or len(reply.text)
        yield MessageDelta(text=reply.text[start:end])
        start = end


def _result(state: TurnState, ctx: TurnContext, text: str) -> TurnResult:
    facts, decision, reply = state["facts"], state["decision"], state["reply"]
    retrieved = state.get("retrieved")
    action, notices = decision.action, state["notices"]
    if action is Action.GUIDE and reply.alternative is None:
        action = Action.REFUSE
        detail = (retrieved.error if retrieved else None) or "no reviewed guidance covers this request"
        notices = (*notices, Notice(code="no_guidance", detail=detail))
    return TurnResult(
        turn_id=ctx.turn_id,
        thread_id=ctx.thread_id,
        action=action,
        domain=facts.risk.domain,
        facet=facts.risk.facet,
        text=text,
        rationale=rationale_view(decision, ctx.policies, facts.context),
        alternative=reply.alternative,
        citations=reply.citations,
        risk=risk_view(state["judgement"].risk),
        obligations=tuple(str(obligation) for obligation in decision.obligations),
        corpus_release=retrieved.release if retrieved else None,
        case_id=state.get("case_id"),
        held=reply.held,
        composer=reply.composer,
        notices=notices,
    )


def _kept(state: TurnState, result: TurnResult) -> dict[str, object]:
    """What later turns of the thread need to know of this one."""
    told = Told(
        turn_id=result.turn_id,
        action=result.action,
        unsafe=state["facts"].risk.unsafe,
        rationale=state["decision"].rationale_code,
        citations=result.citations,
        next_steps=result.alternative.next_steps if result.alternative else (),
    )
    return told.model_dump(mode="json")
