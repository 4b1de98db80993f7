"""Unit tests mirror the modules one to one: ``agent/nodes/decide.py`` is tested in ``tests/unit/agent/nodes/test_decide.py``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, ROOT, python_files

EXEMPT = {
    "agent/explanation.py": "types only",
    "evals/redteam/tools/reported.py": "types only",
    "agent/ports.py": "protocols only; their promises are the suites in tests/contract",
    "agent/adapters/answers_memory.py": "tests/contract/test_answer_store.py",
    "agent/adapters/answers_sql.py": "tests/contract/test_answer_store.py",
    "agent/adapters/outbox_memory.py": "tests/contract/test_outbox.py",
    "agent/adapters/outbox_sql.py": "tests/contract/test_outbox.py",
    "agent/adapters/records_memory.py": "tests/contract/test_records.py",
    "agent/adapters/records_sql.py": "tests/contract/test_records.py",
    "agent/risk/export.py": "writes what agent/risk/classifier.py verifies at load",
    "corpora/errors.py": "types only",
    "retrieval/errors.py": "types only",
    "retrieval/models.py": "types only",
    "retrieval/ports.py": "protocols only; their promises are the suites in tests/contract",
    "retrieval/embedding/hashing.py": "tests/contract/test_embedder.py",
    "retrieval/adapters/memory.py": "tests/contract/test_vector_store.py",
    "corpora/checks.py": "tests/unit/corpora/test_lint.py",
    "corpora/findings.py": "types only",
    "api/ports.py": "protocols only",
    "api/schemas.py": "tests/unit/api/test_turns.py and tests/acceptance/http",
    "api/openai_schemas.py": "tests/unit/api/test_openai_compat.py",
    "api/openapi.py": "tests/unit/api/test_app.py",
    "api/version.py": "tests/unit/api/test_cli.py",
    "api/commands/ask.py": "tests/acceptance/http and tests/unit/api/test_cli.py",
    "api/commands/bench.py": "tests/unit/api/commands/test_benchmark.py",
    "api/commands/bench_requests.py": "requests only",
    "api/commands/candidates.py": "tests/unit/api/commands/test_feedback.py",
    "api/commands/corpora.py": "tests/unit/api/test_cli.py",
    "api/commands/errors.py": "types only",
    "api/commands/progress.py": "a progress bar",
    "api/commands/risk.py": "tests/unit/api/commands/test_assess.py",
}
"""Modules without a unit test of their own, each with where its behaviour is tested."""


def expected(module: Path) -> Path:
    """Where the tests of a module belong."""
    return Path("tests/unit") / module.parent / f"test_{module.name}"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_has_its_test(package):
    modules = [m for m in python_files(package) if m.name not in ("__init__.py", "__main__.py")]
    missing = [str(m) for m in modules if str(m) not in EXEMPT and not (ROOT / expected(m)).exists()]
    assert missing == []


def test_every_exemption_is_of_a_module_that_exists_and_has_no_test():
    assert [m for m in EXEMPT if not (ROOT / m).exists() or (ROOT / expected(Path(m))).exists()] == []
