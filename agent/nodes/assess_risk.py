"""Judge the message in its conversation."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.context import TurnContext
from agent.conversation import Move
from agent.events import RiskAssessed
from agent.models import Perception, RiskAssessment
from agent.ports import EarlierTurn
from agent.state import TurnState, TurnUpdate
from agent.views import risk_view
from policies.models import ContextFacts, Facts, RiskFacts, TextFacts, ThreadFacts
from policies.taxonomy import Action

_FORM_ONLY = frozenset({"normalised"})
"""Views that change the form of a text and not what it hides."""

_RECENCY = 0.7
"""Weight of an earlier turn relative to the one after it."""


async def assess_risk(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """The facts that the policies decide on are complete; ``risk.assessed`` is out."""
    ctx = runtime.context
    # A question that we offered, word by word, holds nothing of the conversation before it.
    earlier = () if state["turning"].move is Move.ACCEPTED else ctx.earlier
    judgement = await ctx.deps.judge.assess(state["perception"], earlier, state["context_facts"].tenant)
    risk = judgement.risk
    explanation = None
    if ctx.deps.explainer is not None and (ctx.request.explain or ctx.deps.explain_turns):
        explanation = await ctx.deps.explainer.explain(judgement, earlier)
    runtime.stream_writer(
        RiskAssessed(
            domain=risk.domain,
            facet=risk.facet,
            risk=risk_view(risk),
            decoded_from=risk.decoded_from,
            explanation=explanation,
        )
    )
    return {"judgement": judgement, "facts": facts_of(risk, state["perception"], state["context_facts"], ctx.earlier)}


def facts_of(
    risk: RiskAssessment, perception: Perception, context: ContextFacts, earlier: tuple[EarlierTurn, ...]
) -> Facts:
    """The assessment as facts for the policies."""
    hidden = tuple(dict.fromkeys(how for view in perception.views for how in view.how if how not in _FORM_ONLY))
    return Facts(
        risk=RiskFacts(
            unsafe=risk.unsafe,
            prompt_attack=risk.prompt_attack,
            uncertainty=risk.uncertainty,
            domain=risk.domain,
            facet=risk.facet,
            facets=risk.facets,
            hazards={hazard.id: hazard.score for hazard in risk.hazards},
            signals=risk.signals,
        ),
        context=context,
        text=TextFacts(
            language=perception.language,
            length=len(perception.original),
            obfuscated=bool(risk.decoded_from),
            views=hidden,
            has_pii=bool(perception.pii),
        ),
        thread=_thread_facts(earlier),
    )


def _thread_facts(earlier: tuple[EarlierTurn, ...]) -> ThreadFacts:
    scores = [turn.unsafe or 0.0 for turn in earlier]
    weighted = [score * _RECENCY**age for age, score in enumerate(reversed(scores))]
    declined = sum(turn.action in {Action.GUIDE, Action.REFUSE, Action.ESCALATE} for turn in earlier)
    rising = len(scores) >= 3 and scores[-3] < scores[-2] < scores[-1]
    return ThreadFacts(
        turns=len(earlier), prior_refusals=declined, prior_unsafe=max(weighted, default=0.0), escalating=rising
    )
