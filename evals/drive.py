"""Scenarios driven through the runner that serves HTTP, several at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from agent.errors import AgentError
from agent.models import RequestContext, TurnInput
from evals.outcomes import Outcome, failed, judge
from evals.scenario import Scenario
from evals.turns import Runner


async def run_scenarios(
    scenarios: Sequence[Scenario], runner: Runner, *, concurrency: int = 4
) -> AsyncIterator[Outcome]:
    """The outcome of every scenario, as they come; at most ``concurrency`` conversations are under way at once.

    A turn that fails closed makes a failed outcome; the others go on. Leaving the loop early ends what is under way.
    """
    places = asyncio.Semaphore(concurrency)

    async def one(scenario: Scenario) -> Outcome:
        async with places:
            return await run_scenario(scenario, runner)

    tasks = [asyncio.create_task(one(scenario), name=scenario.id) for scenario in scenarios]
    try:
        for task in asyncio.as_completed(tasks):
            yield await task
    finally:
        for pending in tasks:
            pending.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def run_scenario(scenario: Scenario, runner: Runner) -> Outcome:
    """The outcome of one conversation, its messages one after the other on one thread of its own."""
    context = RequestContext(role=scenario.role, locale=scenario.locale)
    thread_id: str | None = None
    try:
        for text in scenario.turns:
            result = await runner.run(TurnInput(text=text, thread_id=thread_id, context=context))
            thread_id = result.thread_id
    except AgentError as error:
        return failed(scenario, f"{type(error).__name__}: {error}")
    return judge(scenario, result)
