"""Parts of a turn for those who run the rest themselves: judge and decide, guidance alone, and the check of a text that
somebody else's model wrote.

The steps are the nodes of the graph, called in order: there is no second way to judge, to decide or to record.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from langchain_core.messages import HumanMessage
from langgraph.runtime import Runtime

from agent.context import Dependencies, TurnContext
from agent.errors import EmptyInput, InputTooLong, TurnFailedError
from agent.models import (
    Alternative,
    Citation,
    Draft,
    Frozen,
    MessageDelta,
    MessageHeld,
    RationaleView,
    RiskView,
    TurnInput,
)
from agent.moderation import CHECKS, released
from agent.moderation.release import Instead
from agent.nodes.assess_risk import assess_risk
from agent.nodes.build_alternative import build_alternative
from agent.nodes.decide import decide
from agent.nodes.moderate import inspector_of, why_held
from agent.nodes.perceive import perceive
from agent.nodes.retrieve import retrieve
from agent.ports import EarlierTurn
from agent.state import TurnState, TurnUpdate
from agent.views import rationale_view, risk_view
from policies.engine import decide as decide_by_policy
from policies.models import Decision, Obligation
from policies.taxonomy import Action, Domain, Facet, Hazard

LIMITS: Final = tuple(name for name in CHECKS if name != "secrets")
"""Limits that a caller may ask for beside those of the decision."""
Node = Callable[[TurnState, Runtime[TurnContext]], Awaitable[TurnUpdate]]
_ASKED: Final = "request"
"""The rule id of a limit that the caller asked for."""


class DecisionView(Frozen):
    """What Handrail decides on a message, and why; nothing is answered."""

    decision_id: str
    """Under which the decision is on record."""
    action: Action
    domain: Domain
    facet: Facet
    risk: RiskView
    rationale: RationaleView
    obligations: tuple[str, ...]
    language: str
    default: str | None = None


class GuidanceView(Frozen):
    """The alternative to a message; ``None`` with the reason where no guidance covers it."""

    decision: DecisionView
    alternative: Alternative | None
    citations: tuple[Citation, ...]
    text: str
    """Why, and how to proceed, as a turn would say it."""
    corpus_release: str | None
    reason: str | None = None


class OutputView(Frozen):
    """A text that somebody else generated, as far as it may be shown."""

    passed: bool
    """True when the text may be shown as it is."""
    text: str
    """What may be shown: the text with private data taken out, up to where it had to be stopped."""
    held: tuple[MessageHeld, ...]
    decision: DecisionView | None = None


class Moderated(NamedTuple):
    """A judgement of one text for a classifier's client."""

    flagged: bool
    hazards: dict[Hazard, float]
    action: Action


class Screener:
    """Runs the parts over the dependencies of the turns."""

    def __init__(self, deps: Dependencies, *, max_input_chars: int, timeout_s: float) -> None:
        self._deps = deps
        self._max_input_chars = max_input_chars
        self._timeout_s = timeout_s

    async def decide(self, request: TurnInput) -> DecisionView:
        """The decision on the message, on record.

        Raises:
            EmptyInput, InputTooLong: the message cannot be judged.
            RecordsUnavailable: the decision could not be recorded.
            TurnFailedError: it took too long.
        """
        run = self._run(request)
        async with run.bounded(self._timeout_s):
            state = await run.decided()
        return _view(state, run.ctx)

    async def guidance(self, request: TurnInput) -> GuidanceView:
        """The alternative to the message, whatever was decided on it. Raises as ``decide``."""
        run = self._run(request)
        async with run.bounded(self._timeout_s):
            state = await run.decided()
            state = {**state, **await retrieve(state, run.runtime)}
            draft = (await build_alternative(state, run.runtime))["draft"]
        found = state["retrieved"]
        missing = None if draft.alternative else found.error or "no reviewed guidance covers this request"
        return GuidanceView(
            decision=_view(state, run.ctx),
            alternative=draft.alternative,
            citations=draft.citations,
            text=draft.text,
            corpus_release=found.release,
            reason=missing,
        )

    async def check(self, text: str, request: TurnInput | None, limits: Sequence[str] = ()) -> OutputView:
        """What of the text may be shown as an answer to the request: under the limits of its decision and those asked for.

        Without a request only what holds for every answer is checked, and ``limits``. Raises as ``decide``.
        """
        if not text.strip():
            raise EmptyInput("`output` is empty; send the text to check")
        if len(text) > self._max_input_chars:
            raise InputTooLong(f"`output` has {len(text):,} characters; at most {self._max_input_chars:,} are accepted")
        run = self._run(request or TurnInput(text=text))
        async with run.bounded(self._timeout_s):
            state = await run.decided() if request else await run.judged()
            return await self._checked(text, state, run, limits, decided=request is not None)

    async def moderate(self, texts: Sequence[str]) -> list[Moderated]:
        """A judgement of each text by itself, with nothing recorded. Raises as ``decide``, but for the records."""
        return [await self._moderated(text) for text in texts]

    async def _moderated(self, text: str) -> Moderated:
        run = self._run(TurnInput(text=text))
        async with run.bounded(self._timeout_s):
            state = await run.judged()
        facts = state["facts"]
        decision = run.decision(state)
        declined = decision.action.declines or decision.action is Action.ESCALATE
        return Moderated(declined, dict(facts.risk.hazards), decision.action)

    async def _checked(
        self, text: str, state: TurnState, run: _Run, limits: Sequence[str], *, decided: bool
    ) -> OutputView:
        decision = run.decision(state)
        own = decision.obligations if decided else ()
        asked = tuple(Obligation(name=name, argument=None, rule_ids=(_ASKED,)) for name in limits)
        state = {**state, "decision": decision.model_copy(update={"obligations": (*own, *asked)})}
        inspector = inspector_of(state, run.ctx, Draft(composer="model"), for_request=decided)
        language = state["context_facts"].language

        async def nothing(_: tuple[str, ...]) -> Instead:
            return Instead()

        held: list[MessageHeld] = []
        said: list[str] = []
        stream = released(
            _whole(text), inspector, mode="sentence", why=lambda checks: why_held(checks, run.ctx, language), otherwise=nothing
        )  # fmt: skip
        async for part in stream:
            if isinstance(part, MessageHeld):
                held.append(part)
            elif isinstance(part, MessageDelta):
                said.append(part.text)
        shown = "".join(said).rstrip() if held else text
        view = _view(state, run.ctx) if decided else None
        return OutputView(passed=not held, text=shown, held=tuple(held), decision=view)

    def _run(self, request: TurnInput) -> _Run:
        if not any(character.isprintable() and not character.isspace() for character in request.text):
            raise EmptyInput("`input` is empty; send the person's message")
        longest = max(len(text) for text in (request.text, *request.history))
        if longest > self._max_input_chars:
            raise InputTooLong(f"`input` has {longest:,} characters; at most {self._max_input_chars:,} are accepted")
        return _Run(self._deps, request)


class _Bounded:
    """A time limit that becomes a failure which the caller can act on."""

    def __init__(self, turn_id: str, seconds: float, text: str) -> None:
        self._turn_id, self._seconds, self._text = turn_id, seconds, text
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *error: object) -> None:
        try:
            await self._timeout.__aexit__(*error)  # type: ignore[arg-type]  # what the statement gives
        except TimeoutError as late:
            detail = f"it took longer than {self._seconds:g} s"
            raise TurnFailedError(self._turn_id, "timeout", detail, self._text, 504) from late


class _Run:
    """One message on its way through the first nodes."""

    def __init__(self, deps: Dependencies, request: TurnInput) -> None:
        thread_id = f"thread_{uuid.uuid4().hex}"
        self.ctx = TurnContext(
            deps=deps,
            policies=deps.policies.live(thread_id),
            shadow=deps.policies.shadow(),
            turn_id=f"turn_{uuid.uuid4().hex}",
            thread_id=thread_id,
            request=request,
            earlier=tuple(EarlierTurn(text, None, None) for text in request.history),
        )
        self.runtime: Runtime[TurnContext] = Runtime(context=self.ctx)

    def bounded(self, seconds: float) -> _Bounded:
        return _Bounded(self.ctx.turn_id, seconds, self.ctx.deps.messages.get("failed", "en"))

    async def judged(self) -> TurnState:
        return await self._after(perceive, assess_risk)

    async def decided(self) -> TurnState:
        return await self._after(perceive, assess_risk, decide)

    def decision(self, state: TurnState) -> Decision:
        """The decision of the state; one that is not recorded where the state has none."""
        return state.get("decision") or decide_by_policy(
            state["facts"], self.ctx.policies, now=self.ctx.deps.clock.now()
        )

    async def _after(self, *steps: Node) -> TurnState:
        state: TurnState = {"messages": [HumanMessage(self.ctx.request.text)]}
        for step in steps:
            state = {**state, **await step(state, self.runtime)}
        return state


def _view(state: TurnState, ctx: TurnContext) -> DecisionView:
    facts, decision = state["facts"], state["decision"]
    return DecisionView(
        decision_id=ctx.turn_id,
        action=decision.action,
        domain=facts.risk.domain,
        facet=facts.risk.facet,
        risk=risk_view(state["judgement"].risk),
        rationale=rationale_view(decision, ctx.policies, facts.context),
        obligations=tuple(str(obligation) for obligation in decision.obligations),
        language=facts.context.language,
        default=decision.default,
    )


async def _whole(text: str) -> AsyncGenerator[str, None]:
    yield text
