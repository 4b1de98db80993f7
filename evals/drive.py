"""Scenarios driven through a target, several at a time. The target of this module is the runner that serves HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from agent.errors import AgentError
from agent.models import RequestContext, TurnInput, TurnResult
from evals.outcomes import Outcome, failed, judge
from evals.scenario import Scenario


class Target(Protocol):
    """What is measured."""

    async def outcome_of(self, scenario: Scenario) -> Outcome:
        """The outcome of one conversation, its messages one after the other. A turn that fails makes a failed outcome.

        Raises:
            TargetDown: nothing can be measured any more; what is done stays.
        """
        ...


class Runner(Protocol):
    """Runs a turn; ``agent.runner.TurnRunner`` is one."""

    async def run(self, request: TurnInput) -> TurnResult:
        """The result of the turn."""
        ...


class RunnerTarget:
    """The service inside this process, on a thread of its own for every conversation."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def outcome_of(self, scenario: Scenario) -> Outcome:
        """See ``Target``."""
        context = RequestContext(role=scenario.role, locale=scenario.locale)
        thread_id: str | None = None
        try:
            for text in scenario.turns:
                result = await self._runner.run(TurnInput(text=text, thread_id=thread_id, context=context))
                thread_id = result.thread_id
        except AgentError as error:
            return failed(scenario, f"{type(error).__name__}: {error}")
        return judge(scenario, result)


async def run_scenarios(
    scenarios: Sequence[Scenario], target: Target, *, concurrency: int = 4
) -> AsyncIterator[Outcome]:
    """The outcome of every scenario, as they come; at most ``concurrency`` conversations are under way at once.

    Leaving the loop early, or a target that is down, ends what is under way.
    """
    places = asyncio.Semaphore(concurrency)

    async def one(scenario: Scenario) -> Outcome:
        async with places:
            return await target.outcome_of(scenario)

    tasks = [asyncio.create_task(one(scenario), name=scenario.id) for scenario in scenarios]
    try:
        for task in asyncio.as_completed(tasks):
            yield await task
    finally:
        for pending in tasks:
            pending.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
