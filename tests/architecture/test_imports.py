"""What importing a module costs: serving never loads torch, and nothing is read or opened by an import."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.source import ROOT

HEAVY = ("torch", "transformers", "sentence_transformers", "sklearn", "onnx")
"""``onnx`` and scikit-learn are for training and measuring; serving needs ``onnxruntime`` only."""

NO_READING = """
import asyncio, io, sys
import agent.graph as first  # its modules are read from disk now
for name in [n for n in sys.modules if n.split(".")[0] in ("agent", "policies", "retrieval", "corpora")]:
    del sys.modules[name]
seen = []
sys.addaudithook(lambda event, args: seen.append((event, args)))
import agent.graph
ours = []
for event, args in seen:
    if event == "open" and not str(args[0]).endswith((".py", ".pyc")) or event in ("socket.connect", "sqlite3.connect", "subprocess.Popen"):
        ours.append((event, str(args[0])[:200]))
print(ours)
"""


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@pytest.mark.parametrize(
    "module", ["agent.bootstrap", "agent.graph", "api.app", "api.cli", "api.commands.serve", "api.commands.ask"]
)
def test_serving_loads_nothing_of_the_training_stack(module):
    assert run(f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])") == "[]"


def test_importing_the_graph_reads_and_connects_nothing():
    assert run(NO_READING) == "[]"


def test_the_command_line_starts_without_the_service():
    loaded = run(
        "import sys, api.cli; print([m for m in ('onnxruntime', 'langgraph', 'qdrant_edge') if m in sys.modules])"
    )
    assert loaded == "[]"
