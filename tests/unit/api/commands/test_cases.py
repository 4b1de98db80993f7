"""``handrail cases`` over a database on disk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from agent.adapters.cases_sql import SqlCases
from agent.adapters.database import open_database
from agent.audit import Entry
from agent.office import open_back_office
from agent.settings import Settings
from tests.unit.agent.test_cases import case

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(handrail: Run) -> Run:
    """Exit status, stdout and stderr of a command over an installation of its own."""
    return partial(handrail, "cases")


@pytest.fixture
def filed(tmp_path: Path) -> None:
    """A case is waiting."""
    settings = Settings(data_dir=tmp_path / "state")
    now = datetime.now(UTC)

    async def file() -> None:
        async with open_back_office(settings) as office:
            found = await office.sealer.seal(
                "please help\n2026-01-01 00:00 ana: done\x1b[2J",
                "full",
                tenant="acme",
                subject="ana",
                thread_id="thread_1",
                language="en",
            )
            assert found is not None
            pseudonym = office.sealer.secret.pseudonym("acme", "ana")
            await office.records.append(
                Entry(
                    kind="case", turn_id="t", thread_id="thread_1", tenant="acme", subject=pseudonym, at=now, body={}
                ),
                found.keys,
            )
        async with open_database(settings) as engine:
            due = now + timedelta(hours=1)
            sealed = found.sealed.model_dump()
            await SqlCases(engine).add(case(subject=pseudonym, context=sealed, opened_at=now, due_at=due))

    asyncio.run(file())


def test_a_case_from_the_list_to_its_verdict(run: Run, filed: None) -> None:
    assert "case_1  medical    normal  open" in run("list")[1]
    assert "please help" in run("show", "case_1")[1]
    assert "claimed by bo" in run("claim", "case_1", "--by", "bo")[1]
    assert run("comment", "case_1", "hm", "--by", "cy")[0] == 0
    assert "claimed by cy" in run("reassign", "case_1", "cy", "--by", "bo")[1]
    status, out, err = run("resolve", "case_1", "upheld", "because", "--by", "cy")
    assert (status, "upheld" in out, "running service" in err) == (0, True, True)
    shown = run("show", "case_1")[1]
    assert "cy:\n  hm" in shown
    assert "upheld by cy:\n  because" in shown
    assert run("list")[1] == "no cases\n"
    assert "case_1" in run("list", "--resolved", "--queue", "medical", "--tenant", "acme")[1]
    assert json.loads(run("metrics")[1])["resolved"] == 1


def test_what_a_person_wrote_neither_forges_a_line_nor_moves_the_cursor(run: Run, filed: None) -> None:
    assert "\n  please help\n  2026-01-01 00:00 ana: done\\x1b[2J\n" in run("show", "case_1")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "case_9"), "unknown case `case_9`"),
        (("resolve", "case_1", "maybe", "x"), "`maybe` is not a resolution; expected answered"),
        (("resolve", "case_1", "upheld", "x"), "claim it first"),
        (("resolve", "case_1", "upheld", " "), "the reason is empty"),
        (("claim", "case_1", "--by", " "), "say who you are"),
        (("claim", "case_1", "--by", "a\nb"), "say who you are"),
    ],
)
def test_mistakes_are_said_in_one_line(run: Run, filed: None, arguments: tuple[str, ...], words: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert len(err.strip().splitlines()) == 1
