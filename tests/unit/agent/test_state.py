"""The state of the graph."""

from __future__ import annotations

from agent.state import TurnState, TurnUpdate


def test_nodes_may_write_what_nodes_can_read_and_nothing_else():
    assert set(TurnUpdate.__annotations__) == set(TurnState.__annotations__)
