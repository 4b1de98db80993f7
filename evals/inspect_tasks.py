"""The scenarios as tasks of Inspect AI, one a domain: ``inspect eval evals/inspect_tasks.py@medical --model openai/NAME``.

``-T target=http://HOST:PORT`` asks a running server instead of Inspect's model, ``-T target=in-process`` the service inside
this process; ``-T locale=es`` narrows. Needs the extra ``inspect``; nothing else imports this module.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, ModelOutput
from inspect_ai.scorer import Score, Scorer, mean, scorer, stderr
from inspect_ai.scorer import Target as Expected
from inspect_ai.solver import Generate, Solver, TaskState, solver

from agent.settings import Settings
from evals.chat_client import JsonClient
from evals.drive import RunnerTarget, Target
from evals.endpoints import ServerTarget, action_of
from evals.errors import TargetError
from evals.in_process import opened_copy
from evals.metrics import MEASURES
from evals.outcomes import Outcome, judge_text
from evals.report.summary import fault_of
from evals.scenario import BUNDLED, Scenario, read_scenarios, select
from policies.loader import load_policies

MODEL: Final = "model"
IN_PROCESS: Final = "in-process"
KEY: Final = "HANDRAIL_EVAL_API_KEY"
"""Environment variable with the API key of a running server."""
_SCORED: Final = ("acceptable", "preferred", "serious")
_OUTCOME: Final = "outcome"


@task
def medical(target: str = MODEL, locale: str = "") -> Task:
    """The medical scenarios."""
    return _task("medical", target, locale)


@task
def security(target: str = MODEL, locale: str = "") -> Task:
    """The security scenarios."""
    return _task("security", target, locale)


@task
def licensing(target: str = MODEL, locale: str = "") -> Task:
    """The licensing scenarios."""
    return _task("licensing", target, locale)


@task
def general(target: str = MODEL, locale: str = "") -> Task:
    """The general scenarios."""
    return _task("general", target, locale)


@task
def crisis(target: str = MODEL, locale: str = "") -> Task:
    """The scenarios of people in danger."""
    return _task("crisis", target, locale)


def _task(domain: str, target: str, locale: str) -> Task:
    policies = load_policies()
    found = read_scenarios(BUNDLED, roles=policies.roles, locales=policies.locales)
    chosen = select(found, domains=(domain,), locales=(locale,) if locale else ())
    return Task(
        dataset=MemoryDataset([_sample(scenario) for scenario in chosen], name=domain),
        solver=by_model() if target == MODEL else by_target(target),
        scorer=expectations(),
    )


def _sample(scenario: Scenario) -> Sample:
    return Sample(
        id=scenario.id,
        input=[ChatMessageUser(content=text) for text in scenario.turns],
        target=[action.value for action in scenario.expect],
        metadata={"scenario": scenario.model_dump(mode="json"), "tags": list(scenario.tags)},
    )


@solver
def by_model() -> Solver:
    """Inspect's model replies to every message; what it did is told from its words."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        scenario = Scenario.model_validate(state.metadata["scenario"])
        state.messages.clear()
        for text in scenario.turns:
            state.messages.append(ChatMessageUser(content=text))
            state = await generate(state)
        declined = {"finish_reason": state.output.stop_reason}
        reply = state.output.completion
        outcome = judge_text(scenario, reply, action_of({"choices": [declined]}, reply))
        state.store.set(_OUTCOME, outcome.model_dump_json())
        return state

    return solve


@solver
def by_target(address: str) -> Solver:
    """A running server, or the service inside this process, replies."""
    shared = _Shared(address)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        scenario = Scenario.model_validate(state.metadata["scenario"])
        outcome = await (await shared.target()).outcome_of(scenario)
        state.messages.append(ChatMessageAssistant(content=outcome.reply))
        state.output = ModelOutput.from_content("handrail", outcome.reply)
        state.store.set(_OUTCOME, outcome.model_dump_json())
        return state

    return solve


@scorer(metrics={"*": [mean(), stderr()]})
def expectations() -> Scorer:
    """Whether the reply is acceptable, preferred, or a serious fault, as ``handrail eval run`` judges it."""

    async def score(state: TaskState, target: Expected) -> Score:
        outcome = Outcome.model_validate_json(state.store.get(_OUTCOME))
        return Score(
            value={name: int(bool(MEASURES[name].counts(outcome))) for name in _SCORED},
            answer=outcome.action.value if outcome.action else "failed",
            explanation=fault_of(outcome),
        )

    return score


class _Shared:
    """One target for all samples, opened with the first; it is closed when the event loop ends its tasks."""

    def __init__(self, address: str) -> None:
        if address != IN_PROCESS and not address.startswith(("http://", "https://")):
            raise TargetError(f"target `{address}` is not understood; expected `{MODEL}`, `{IN_PROCESS}` or a URL")
        self._address = address
        self._ready: asyncio.Future[Target] | None = None

    async def target(self) -> Target:
        """The target, once it is open."""
        if self._ready is None:
            self._ready = asyncio.get_running_loop().create_future()
            self._holder = asyncio.create_task(self._hold(self._ready), name="target")
        return await asyncio.shield(self._ready)

    async def _hold(self, ready: asyncio.Future[Target]) -> None:
        try:
            async with _opened(self._address) as target:
                ready.set_result(target)
                await asyncio.Event().wait()
        except Exception as error:
            if not ready.done():
                ready.set_exception(error)


@asynccontextmanager
async def _opened(address: str) -> AsyncIterator[Target]:
    if address == IN_PROCESS:
        async with opened_copy(Settings.from_env()) as service:
            yield RunnerTarget(service.runner)
        return
    client = JsonClient(address, api_key=os.environ.get(KEY))
    try:
        yield ServerTarget(client)
    finally:
        await client.close()
