"""The state machine: what nodes return, where they lead, what outlives a turn, and the picture of it."""

from __future__ import annotations

import ast
import typing
from pathlib import Path

import pytest
from langgraph.channels import UntrackedValue

from agent.graph import NODES, build_graph
from agent.routing import BRANCH_OF_ACTION, Branch, after_retrieve
from agent.state import TurnState, TurnUpdate
from policies.taxonomy import Action
from tests.architecture.diagram import mermaid
from tests.architecture.source import ROOT, functions_of, python_files, tree_of

NODE_FILES = [path for path in python_files("agent/nodes") if path.name != "__init__.py"]


def returned_keys(path: Path) -> set[str]:
    """Keys of every dictionary that a function returning a ``TurnUpdate`` returns."""
    keys: set[str] = set()
    for function in functions_of(tree_of(path)):
        if function.returns is None or ast.unparse(function.returns) != "TurnUpdate":
            continue
        dictionaries = [n for n in ast.walk(function) if isinstance(n, ast.Return | ast.AnnAssign | ast.Assign)]
        for statement in dictionaries:
            if isinstance(statement.value, ast.Dict):
                keys |= {key.value for key in statement.value.keys if isinstance(key, ast.Constant)}
    return keys


@pytest.mark.parametrize("path", NODE_FILES, ids=lambda path: path.stem)
def test_a_node_returns_only_keys_of_the_state(path):
    keys = returned_keys(path)
    assert keys, "a node changes the state"
    assert keys <= set(TurnUpdate.__annotations__)


def test_every_node_has_a_file_of_its_own_and_says_that_it_returns_an_update():
    assert {path.stem for path in NODE_FILES} == {*NODES, "fail_closed"}
    for name, node in NODES.items():
        assert node.__module__ == f"agent.nodes.{name}"
        assert typing.get_type_hints(node)["return"] is TurnUpdate


def test_state_and_update_have_the_same_types():
    state, update = typing.get_type_hints(TurnState), typing.get_type_hints(TurnUpdate)
    assert state.keys() == update.keys()
    assert {
        k: typing.get_args(v)[0] if typing.get_origin(v) is typing.NotRequired else v for k, v in state.items()
    } == update


def test_every_action_is_routed_to_a_node():
    assert set(BRANCH_OF_ACTION) == set(Action)
    assert {*BRANCH_OF_ACTION.values(), "explain"} == set(typing.get_args(Branch)) <= set(NODES)
    assert set(typing.get_args(typing.get_type_hints(after_retrieve)["return"])) <= set(NODES)


def test_only_messages_outlive_a_turn():
    channels = build_graph().channels
    tracked = {name for name in TurnState.__annotations__ if not isinstance(channels[name], UntrackedValue)}
    assert tracked == {"messages"}


def test_failing_closed_does_no_input_or_output():
    tree = tree_of(Path("agent/nodes/fail_closed.py"))
    (function,) = [f for f in functions_of(tree) if f.name == "fail_closed"]
    assert [
        ast.unparse(node) for node in ast.walk(function) if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith)
    ] == []


def test_the_picture_in_the_readme_is_that_of_the_graph():
    readme = (ROOT / "agent/README.md").read_text(encoding="utf-8")
    drawn = readme.split("```mermaid\n")[1].split("\n```")[0]
    assert drawn == mermaid(), "run: python -m tests.architecture.diagram"


def test_catch_alls_stand_only_where_they_are_agreed():
    allowed = {
        "agent/runner.py",
        "agent/adapters/chat_model.py",  # providers have error trees of their own
        "agent/adapters/records_sql.py",  # what fails in its thread is raised where the record is waited for
        "retrieval/embedding/onnx.py",  # so has onnxruntime
    }
    found = {
        str(path)
        for path in python_files("agent", "policies", "retrieval", "corpora")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        and not any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node))
    }
    assert found <= allowed
