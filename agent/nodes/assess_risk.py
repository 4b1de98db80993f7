"""Judge the message in its conversation."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import HumanMessage
from langgraph.runtime import Runtime

from agent.attachments.material import NONE, Judged, judged, modality_of, pointed_at, unread
from agent.context import TurnContext
from agent.conversation import Move
from agent.events import RiskAssessed
from agent.models import Notice, Perception, RiskAssessment
from agent.ports import EarlierTurn, Judgement
from agent.state import TurnState, TurnUpdate
from agent.views import risk_view
from policies.models import ContextFacts, Facts, RiskFacts, TextFacts, ThreadFacts
from policies.taxonomy import Action, Hazard

_FORM_ONLY = frozenset({"normalised"})
"""Views that change the form of a text and not what it hides."""

_RECENCY = 0.7
"""Weight of an earlier turn relative to the one after it."""


async def assess_risk(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """The facts that the policies decide on are complete; ``risk.assessed`` is out."""
    ctx = runtime.context
    # A question that we offered, word by word, holds nothing of the conversation before it.
    earlier = () if state["turning"].move is Move.ACCEPTED else ctx.earlier
    tenant = state["context_facts"].tenant
    judgement = await ctx.deps.judge.assess(state["perception"], earlier, tenant)
    material = await judged(state.get("attachments", ()), ctx.deps.perceiver, ctx.deps.material_judge)
    for text in _asked_by(material, ctx.request.text):
        seen = await ctx.deps.perceiver.perceive(text)
        judgement = max(judgement, await ctx.deps.judge.assess(seen, earlier, tenant), key=_danger)
    risk = judgement.risk
    explanation = None
    if ctx.deps.explainer is not None and (ctx.request.explain or ctx.deps.explain_turns):
        explanation = await ctx.deps.explainer.explain(judgement, earlier)
    runtime.context.emit(
        RiskAssessed(
            domain=risk.domain,
            facet=risk.facet,
            risk=risk_view(risk),
            decoded_from=risk.decoded_from,
            explanation=explanation,
        )
    )
    facts = facts_of(risk, state["perception"], state["context_facts"], ctx.earlier, material)
    return {"judgement": judgement, "facts": facts, **_with_files(state, ctx, material)}


def _asked_by(material: Judged, message: str) -> list[str]:
    """What the files ask for, where the message points at it or they surely ask for harm."""
    short = pointed_at(material.files)
    return [*([f"{message}\n{short}"] if short and message.strip() else []), *material.asks]


def _danger(judgement: Judgement) -> float:
    hazards = {hazard.id: hazard.score for hazard in judgement.risk.hazards}
    return max(judgement.risk.unsafe, hazards.get(Hazard.SUICIDE_SELF_HARM, 0.0))


def _with_files(state: TurnState, ctx: TurnContext, material: Judged) -> TurnUpdate:
    """The files as the model may read them; the thread keeps their text with the message, for what is asked about them next."""
    if not material.files:
        return {}
    update: TurnUpdate = {"attachments": material.files}
    if material.orders:
        detail = f"{material.orders} sentences that are orders to the assistant are left out of the attachments"
        update["notices"] = (*state["notices"], Notice(code="attachment_orders", detail=detail))
    if texts := [file.text for file in material.files if file.text and not file.earlier]:
        kept = {"attachments": texts}
        update["messages"] = [HumanMessage(ctx.request.text, id=state["messages"][-1].id, additional_kwargs=kept)]
    return update


def facts_of(
    risk: RiskAssessment,
    perception: Perception,
    context: ContextFacts,
    earlier: Sequence[EarlierTurn],
    material: Judged = NONE,
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
            stakes=risk.stakes,
            urgent=risk.urgent,
            signals=risk.signals,
        ),
        context=context,
        text=TextFacts(
            language=perception.language,
            length=len(perception.original),
            obfuscated=bool(risk.decoded_from),
            views=hidden,
            has_pii=bool(perception.pii),
            modality=modality_of(material.files),
            unread_modalities=unread(material.files),
            material_attack=material.attack,
        ),
        thread=_thread_facts(earlier),
    )


def _thread_facts(earlier: Sequence[EarlierTurn]) -> ThreadFacts:
    scores = [turn.unsafe or 0.0 for turn in earlier]
    weighted = [score * _RECENCY**age for age, score in enumerate(reversed(scores))]
    declined = sum(turn.action in {Action.GUIDE, Action.REFUSE, Action.ESCALATE} for turn in earlier)
    rising = len(scores) >= 3 and scores[-3] < scores[-2] < scores[-1]
    return ThreadFacts(
        turns=len(earlier), prior_refusals=declined, prior_unsafe=max(weighted, default=0.0), escalating=rising
    )
