"""Conversations through a runner that is made up."""

from __future__ import annotations

import asyncio

from agent.models import TurnInput, TurnResult
from evals.drive import RunnerTarget, run_scenarios
from tests.unit.evals.made import Scripted, result, scenario


class Slow:
    """Counts the turns that are under way at once."""

    def __init__(self) -> None:
        self.now = self.most = self.done = 0

    async def run(self, request: TurnInput) -> TurnResult:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(0.001)
            self.done += 1
        finally:
            self.now -= 1
        return result()


async def test_the_messages_of_a_scenario_share_a_thread_and_its_context():
    runner = Scripted()
    done = await RunnerTarget(runner).outcome_of(scenario(turns=("one", "two"), role="clinician", locale="es-MX"))
    assert done.acceptable
    assert [(turn.text, turn.thread_id) for turn in runner.asked] == [("one", None), ("two", "thread_1")]
    assert {(turn.context.role, turn.context.locale) for turn in runner.asked} == {("clinician", "es-MX")}


async def test_a_turn_that_fails_is_an_outcome_and_the_others_go_on():
    some = [scenario("a", turns=("please break",)), scenario("b")]
    done = {o.id: o async for o in run_scenarios(some, RunnerTarget(Scripted()))}
    assert done["a"].error == "TurnFailedError: " + (done["a"].error or "").removeprefix("TurnFailedError: ")
    assert "down" in (done["a"].error or "")
    assert done["b"].acceptable


async def test_no_more_conversations_are_under_way_than_allowed():
    runner = Slow()
    done = [
        o.id async for o in run_scenarios([scenario(str(i)) for i in range(20)], RunnerTarget(runner), concurrency=3)
    ]
    assert len(done) == 20
    assert runner.most == 3


async def test_leaving_early_ends_what_is_under_way():
    runner = Slow()
    stream = run_scenarios([scenario(str(i)) for i in range(20)], RunnerTarget(runner), concurrency=2)
    await anext(stream)
    await stream.aclose()
    assert runner.now == 0
    assert runner.done < 20
