"""Files that a reader can take in: each says what it is, none is too long, none hides behind a marker."""

from __future__ import annotations

import ast
import re
from typing import TypeGuard

import pytest

from tests.architecture.source import PACKAGES, ROOT, functions_of, python_files, tree_of

LONGEST = 450
RAISES_NOTHING = {
    "test_well_typed_conditions_pass",
    "test_long_flat_chains_compile",
    "test_the_python_example_runs",
    "test_the_bundled_weights_are_the_upstream_file",
    "test_trec_sets",
}
"""Tests whose whole claim is that a call raises nothing."""
LINES = {path: (ROOT / path).read_text(encoding="utf-8").count("\n") for path in python_files(*PACKAGES, "tests")}
SOURCES = [path for path in python_files(*PACKAGES) if LINES[path]]


def test_every_module_says_what_it_is():
    silent = [str(path) for path in SOURCES if not ast.get_docstring(tree_of(path))]
    assert silent == []


def test_no_file_is_too_long():
    assert {str(path): count for path, count in LINES.items() if count > LONGEST} == {}


def test_public_functions_and_classes_say_what_holds_afterwards():
    silent = []
    for path in SOURCES:
        tree = tree_of(path)
        for node in [*tree.body, *(inner for c in tree.body if _is_public_class(c) for inner in c.body)]:
            named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if named and not node.name.startswith("_") and not ast.get_docstring(node):
                silent.append(f"{path}:{node.lineno} {node.name}")
    assert silent == []


def test_nothing_is_left_to_do_in_comments():
    found = [
        str(path) for path in SOURCES if re.search(r"#\s*(TODO|FIXME|XXX|HACK)\b", (ROOT / path).read_text("utf-8"))
    ]
    assert found == []


def test_user_mistakes_are_not_asserted():
    found = [
        f"{path}:{node.lineno}" for path in SOURCES for node in ast.walk(tree_of(path)) if isinstance(node, ast.Assert)
    ]
    assert found == []


def test_every_test_asserts_something():
    empty = []
    helpers = [p for p in LINES if p.parts[0] == "tests" and not p.name.startswith(("test_", "conftest"))]
    shared = {f.name for p in helpers for f in functions_of(tree_of(p)) if _asserts(f, frozenset())}
    for path in (p for p in LINES if p.parts[0] == "tests" and p.name.startswith("test_")):
        tree = tree_of(path)
        checkers = shared | {f.name for f in functions_of(tree) if _asserts(f, frozenset())}
        for function in functions_of(tree):
            if function.name in RAISES_NOTHING:
                continue
            if function.name.startswith("test_") and not _asserts(function, frozenset(checkers)):
                empty.append(f"{path}:{function.lineno} {function.name}")
    assert empty == []


def _is_public_class(node: ast.stmt) -> TypeGuard[ast.ClassDef]:
    return isinstance(node, ast.ClassDef) and not node.name.startswith("_")


def _asserts(function: ast.AST, checkers: frozenset[str]) -> bool:
    """True when it asserts, expects an error or no other error, or calls a function of the file that does."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if (
                name.endswith(("raises", "suppress", "pytest.fail", ".fails", "expect"))
                or name in checkers
                or ".to_" in name
            ):
                return True
    return False


@pytest.mark.parametrize("package", [p for p in PACKAGES if (ROOT / p).is_dir() and any((ROOT / p).glob("*.py"))])
def test_every_folder_has_a_readme_that_lists_its_modules(package):
    readme = (ROOT / package / "README.md").read_text(encoding="utf-8")
    modules = [p.name for p in python_files(package) if len(p.parts) == 2 and p.name != "__init__.py"]
    assert [name for name in modules if f"`{name}`" not in readme] == []
