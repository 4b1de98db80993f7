"""A process that is killed in mid-sentence, at random moments and under load, leaves whole records behind.

The suite kills it once on each database; ``pytest tests/acceptance/test_killed.py --kills 100`` is the story of a release.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from typing import NamedTuple

import pytest

from agent.audit_report import verify_chain
from agent.settings import Settings
from tests.acceptance.killed import opened
from tests.acceptance.world import HOMEWORK, SwitchableStore
from tests.architecture.source import ROOT


class Left(NamedTuple):
    """What clients had when the process died."""

    said: frozenset[str]
    done: frozenset[str]
    threads: tuple[str, ...]
    cases: frozenset[str]


def run_and_kill(settings: Settings, after_s: float) -> Left:
    """Kill the process so long after it first said something."""
    url = settings.database_url
    command = [sys.executable, "-m", "tests.acceptance.killed", str(settings.data_dir)]
    command += [url.get_secret_value()] if url else []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        first = process.stdout.readline()
        time.sleep(after_s)
        process.kill()
        rest, errors = process.communicate()
        assert first, errors
    whole = [line.split() for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]
    done = [words[1:] for words in whole if words[0] == "done"]
    return Left(
        said=frozenset(words[1] for words in whole if words[0] == "said"),
        done=frozenset(turn for turn, _, _ in done),
        threads=tuple(thread for _, thread, _ in done),
        cases=frozenset(case for _, _, case in done if case != "-"),
    )


async def test_whatever_a_client_has_read_is_on_record_and_goes_on(
    storage: Settings, store: SwitchableStore, request: pytest.FixtureRequest
):
    chance = random.Random(20261128)
    for kill in range(request.config.getoption("--kills")):
        left = run_and_kill(storage, chance.uniform(0.0, 1.5))
        async with opened(storage, store) as (office, world):
            found = await verify_chain(office.records, office.sealer.secret)
            assert found.breaks == (), f"kill {kill}"
            decided = {record.turn_id for record in await office.records.read(kind="decision")}
            assert left.said | left.done <= decided
            assert {record.body["case_id"] for record in await office.records.read(kind="case")} >= left.cases
            assert [case for case in left.cases if await office.cases.get(case) is None] == []
            for thread in left.threads[-2:]:
                assert (await world.turn(HOMEWORK, thread_id=thread)).thread_id == thread
