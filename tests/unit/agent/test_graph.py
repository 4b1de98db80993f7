"""The compiled state machine."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from agent.adapters.twins import TableJudge
from agent.events import TurnCompleted, TurnFailed
from agent.graph import NODES, build_graph
from agent.routing import BRANCH_OF_ACTION
from tests.unit.agent.builders import context


async def run(ctx, **settings):
    events = []
    await build_graph(**settings).ainvoke({"messages": []}, context=replace(ctx, emit=events.append))
    return events


async def test_it_runs_without_a_checkpointer():
    events = await run(context())
    assert isinstance(events[-1], TurnCompleted)


async def test_every_stage_that_ran_has_its_time_also_when_it_failed():
    ctx = context(judge=TableJudge({"hello": ValueError()}))
    events = await run(ctx)
    assert isinstance(events[-1], TurnFailed)
    assert set(ctx.timings) == {"perceive", "assess_risk"}
    assert all(ms >= 0 for ms in ctx.timings.values())


async def test_every_stage_has_the_time_limit():
    events = await run(context(judge=TableJudge({"hello": asyncio.Event()})), timeout_s=0.3)
    assert events[-1].code == "timeout"


class Stubborn(TableJudge):
    """Lets nobody cancel it."""

    async def assess(self, perception, earlier, tenant="default"):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(30)
        return await super().assess(perception, earlier, tenant)


async def test_a_stage_that_swallows_its_cancellation_has_still_timed_out():
    events = await run(context(judge=Stubborn({})), timeout_s=0.1)
    assert events[-1].code == "timeout"


def test_every_branch_is_a_node():
    assert set(BRANCH_OF_ACTION.values()) <= set(NODES)
    assert set(build_graph().get_graph().nodes) == {
        "__start__",
        *NODES,
        "fail_closed",
        "__default_error_handler__",
        "__end__",
    }
