"""Nodes for graphs of one's own, over a state with ``messages``::

graph.add_node("handrail", input_node(screening))
graph.add_conditional_edges("handrail", declined, {True: END, False: "model"})
graph.add_node("check", output_node(screening))
graph.add_edge("model", "check")
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage

from agent.integrations.screened import KEY, Screened, reply_message
from agent.integrations.screening import Screening
from agent.models import RequestContext

Messages = Mapping[str, Any]
"""A state with ``messages``."""
Node = Callable[[Messages], Awaitable[dict[str, Any]]]


def input_node(screening: Screening, context: RequestContext | None = None) -> Node:
    """A node that judges what the person wrote last, and replies where it is declined; see ``declined``."""
    screened = Screened(screening, context)

    async def judge_input(state: Messages) -> dict[str, Any]:
        judged = await screened.judged(_messages(state))
        return {"messages": [] if judged is None or judged.reply is None else [reply_message(judged)]}

    return judge_input


def output_node(screening: Screening, context: RequestContext | None = None) -> Node:
    """A node that takes from the model's last message what may not be shown; the message keeps its id."""
    screened = Screened(screening, context)

    async def check_output(state: Messages) -> dict[str, Any]:
        messages = _messages(state)
        last = messages[-1] if messages else None
        if not isinstance(last, AIMessage):
            return {"messages": []}
        shown = await screened.shown(last.text, messages[:-1])
        return {"messages": [] if shown == last.text else [last.model_copy(update={"content": shown})]}

    return check_output


def declined(state: Messages) -> bool:
    """True when the last message is a reply of ``input_node``, so that the model is not to answer."""
    messages = _messages(state)
    return bool(messages) and KEY in messages[-1].response_metadata


def _messages(state: Messages) -> Sequence[BaseMessage]:
    messages: Sequence[BaseMessage] = state["messages"]
    return messages
