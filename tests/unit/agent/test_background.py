"""Work beside the turns."""

from __future__ import annotations

import asyncio
import logging

import pytest

from agent.background import looking, running
from agent.errors import RecordsUnavailable


async def test_work_runs_while_the_context_is_open_and_has_ended_afterwards() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with running(work(), "work"):
        await begun.wait()
        assert not ended.is_set()
    assert ended.is_set()


async def test_an_error_that_ended_the_work_is_logged_and_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        raise ValueError("broken")

    async with running(work(), "work"):
        await asyncio.sleep(0)
    (record,) = [record for record in caplog.records if getattr(record, "action", None) == "work_ended"]
    assert record.levelno == logging.ERROR
    assert isinstance(record.exc_info, tuple)
    assert isinstance(record.exc_info[1], ValueError)


async def test_a_failure_is_heard_of_once_until_a_look_succeeds() -> None:
    outcomes = iter([False, False, True, False, True])
    heard: list[Exception] = []
    done = asyncio.Event()

    async def look() -> None:
        fine = next(outcomes, None)
        if fine is None:
            done.set()
        elif not fine:
            raise RecordsUnavailable("gone")

    async with running(looking(look, 0, heard.append), "looks"):
        await done.wait()
    assert len(heard) == 2
