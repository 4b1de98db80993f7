"""The one end of every turn that went wrong: a fixed sentence, and no I/O that could fail again."""

from __future__ import annotations

from typing import Literal, NamedTuple

from langchain_core.messages import AIMessage
from langgraph.errors import NodeError
from langgraph.runtime import Runtime
from langgraph.types import Command

from agent.context import TurnContext
from agent.errors import RecordsUnavailable
from agent.events import TurnFailed
from agent.state import Failure, TurnState, TurnUpdate


class Explained(NamedTuple):
    """A failure in words that a client can act on."""

    code: str
    detail: str
    status: Literal[500, 503, 504]


async def on_error(state: TurnState, error: NodeError) -> Command[Literal["fail_closed"]]:
    """Any error or timeout of any node leads to ``fail_closed``."""
    return Command(update={"failure": Failure(error.node, error.error)}, goto="fail_closed")


async def fail_closed(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """``turn.failed`` is out with a fixed sentence in the person's language. Cannot raise."""
    ctx = runtime.context
    facts = state.get("context_facts")
    explained = explain(state["failure"])
    text = ctx.deps.messages.get("failed", facts.language if facts else "en")
    runtime.context.emit(TurnFailed(code=explained.code, detail=explained.detail, text=text, status=explained.status))
    return {"messages": [AIMessage(text, additional_kwargs={"handrail": {"turn_id": ctx.turn_id, "action": None}})]}


def explain(failure: Failure) -> Explained:
    """What to tell the client: never the text of an unexpected error, which may hold what the person wrote."""
    if isinstance(failure.error, TimeoutError):
        return Explained("timeout", f"the stage `{failure.node}` took too long", 504)
    if isinstance(failure.error, RecordsUnavailable):
        return Explained("records_unavailable", "the decision could not be recorded, so nothing was answered", 503)
    return Explained("internal_error", f"the stage `{failure.node}` failed", 500)
