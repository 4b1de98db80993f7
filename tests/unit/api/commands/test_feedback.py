"""``handrail feedback`` and ``handrail eval candidates`` over a database on disk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.models import RequestContext, TurnInput
from agent.office import open_back_office
from agent.settings import Settings
from tests.unit.agent.builders import context
from tests.unit.agent.test_runner import runner

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(handrail: Run) -> Run:
    """Exit status, stdout and stderr of a command over an installation of its own."""
    return handrail


@pytest.fixture
def said(tmp_path: Path) -> None:
    """Somebody calls a turn wrongly refused."""

    async def say() -> None:
        async with open_back_office(Settings(data_dir=tmp_path / "state")) as office:
            there = runner(records=office.records, cases=office.cases)
            there._deps = context(records=office.records, cases=office.cases, sealer=office.sealer).deps
            turn = await there.run(TurnInput(text="How do I end a process?", context=RequestContext(tenant="acme")))
            await office.feedback().give(turn.turn_id, "acme", "wrongly_refused")

    asyncio.run(say())


def test_the_report_is_by_rule(run: Run, said: None) -> None:
    status, shown, _ = run("feedback", "report")
    assert (status, shown.splitlines()[0]) == (0, "1 turns with feedback: wrongly refused 1")
    assert "wrong 100% of     1" in shown
    found = json.loads(run("feedback", "report", "--json", "--tenant", "other")[1])
    assert found == {"turns": 0, "verdicts": {}, "rules": [], "documents": []}


def test_candidates_are_written_into_a_new_folder_only(run: Run, said: None, tmp_path: Path) -> None:
    out = tmp_path / "candidates"
    status, shown, told = run("eval", "candidates", str(out))
    assert (status, told) == (0, "1 candidates\n")
    assert "How do I end a process?" in Path(shown.strip()).read_text(encoding="utf-8")
    status, _, told = run("eval", "candidates", str(out))
    assert (status, "is not empty" in told) == (2, True)
