"""The state machine of a turn."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Awaitable
from typing import Any, Final, Protocol

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from agent.context import TurnContext
from agent.nodes.answer import answer
from agent.nodes.assess_risk import assess_risk
from agent.nodes.build_alternative import build_alternative
from agent.nodes.decide import decide
from agent.nodes.deliver import deliver
from agent.nodes.escalate import escalate
from agent.nodes.explain import explain
from agent.nodes.fail_closed import fail_closed, on_error
from agent.nodes.moderate import moderate
from agent.nodes.perceive import perceive
from agent.nodes.refuse import refuse
from agent.nodes.retrieve import retrieve
from agent.routing import after_decide, after_retrieve
from agent.state import TurnState, TurnUpdate


class Node(Protocol):
    """One step of the turn, in ``agent.nodes``."""

    def __call__(self, state: TurnState, runtime: Runtime[TurnContext]) -> Awaitable[TurnUpdate]:
        """What the step adds to the state."""
        ...


Graph = CompiledStateGraph[TurnState, TurnContext, TurnState, TurnState]

NODES: Final[dict[str, Node]] = {
    "perceive": perceive,
    "assess_risk": assess_risk,
    "decide": decide,
    "answer": answer,
    "retrieve": retrieve,
    "build_alternative": build_alternative,
    "refuse": refuse,
    "escalate": escalate,
    "explain": explain,
    "moderate": moderate,
    "deliver": deliver,
}


def build_graph(checkpointer: BaseCheckpointSaver[Any] | None = None, *, timeout_s: float = 60.0) -> Graph:
    """The compiled graph. Every error or timeout of a node ends in ``fail_closed``."""
    graph = StateGraph(TurnState, context_schema=TurnContext)
    graph.set_node_defaults(error_handler=on_error)  # type: ignore[arg-type]  # the stub lacks NodeError
    for name, node in NODES.items():
        graph.add_node(name, _timed(name, node, timeout_s))
    graph.add_node("fail_closed", fail_closed)

    graph.add_edge(START, "perceive")
    graph.add_edge("perceive", "assess_risk")
    graph.add_edge("assess_risk", "decide")
    graph.add_conditional_edges("decide", after_decide, ["answer", "retrieve", "refuse", "escalate", "explain"])
    graph.add_conditional_edges("retrieve", after_retrieve, ["build_alternative", "refuse"])
    for branch in ("answer", "build_alternative", "refuse", "escalate", "explain"):
        graph.add_edge(branch, "moderate")
    graph.add_edge("moderate", "deliver")
    graph.add_edge("deliver", END)
    graph.add_edge("fail_closed", END)
    return graph.compile(checkpointer=checkpointer, name="turn")


def _timed(name: str, node: Node, timeout_s: float) -> Node:
    """The node, ended by ``TimeoutError`` when it takes too long, with its milliseconds kept in the timings of the turn, and a
    span. LangGraph's own timeout starts two tasks a node."""

    @functools.wraps(node)
    async def timed(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(timeout_s) as limit:
                with runtime.context.deps.tracing.stage(name):
                    update = await node(state, runtime)
            if limit.expired():  # by a node that let nobody cancel it
                raise TimeoutError
            return update
        finally:
            runtime.context.timings[name] = round((time.perf_counter() - started) * 1000, 3)

    return timed
