"""Draws the graph of a turn for ``agent/README.md``: ``python -m tests.architecture.diagram`` prints it."""

from __future__ import annotations

from agent.graph import NODES, build_graph

_HANDLER = "__default_error_handler__"
_NAMES = {"__start__": "start([message])", "__end__": "done([events and records])"}


def mermaid() -> str:
    """The compiled graph: solid lines always, dotted lines by decision, and one line for whatever goes wrong."""
    graph = build_graph().get_graph()
    lines = ["flowchart LR"]
    order = ["__start__", *NODES, "fail_closed", "__end__"]
    edges = sorted(
        (edge for edge in graph.edges if _HANDLER not in (edge.source, edge.target)),
        key=lambda edge: (order.index(edge.source), order.index(edge.target)),
    )
    inside = [edge for edge in edges if edge.source in NODES and edge.target in NODES]
    lines += [f"    {_name(e.source)} --> {_name(e.target)}" for e in edges if e.source == "__start__"]
    lines += ["    subgraph turn"]
    lines += [f"        {e.source} {'-.->' if e.conditional else '-->'} {e.target}" for e in inside]
    lines += ["    end"]
    if _HANDLER in graph.nodes:
        lines += ["    turn -- any error or timeout --> fail_closed"]
    lines += [f"    {_name(e.source)} --> {_name(e.target)}" for e in edges if e.target == "__end__"]
    if not any(e.source == "fail_closed" for e in edges):
        lines += [f"    fail_closed --> {_name('__end__')}"]
    return "\n".join(lines)


def _name(node: str) -> str:
    return _NAMES.get(node, node)


if __name__ == "__main__":
    print(mermaid())
