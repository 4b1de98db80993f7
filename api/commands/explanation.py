"""``handrail risk explain``: the judgement of a message with its reasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agent.bootstrap import open_judging
from agent.explanation import Explanation
from agent.models import Frozen, RiskView
from agent.perception import see
from agent.ports import EarlierTurn
from agent.settings import Settings
from agent.views import risk_view


class Explained(Frozen):
    """The judgement as a turn would make it, and why."""

    domain: str
    facet: str
    risk: RiskView
    decoded_from: tuple[str, ...]
    exemplar_version: str | None
    explanation: Explanation


async def explained(
    text: str,
    earlier: Sequence[str],
    tenant: str,
    settings: Settings,
    progress: Callable[[int, int], None] | None,
) -> Explained:
    """The judgement and its explanation; training examples are looked up where ``progress`` is given."""
    turns = [EarlierTurn(message, None, None) for message in earlier]
    async with open_judging(settings) as judging:
        judgement = await judging.reviewed.assess(see(text), turns, tenant)
        if progress is not None:
            judging.examples.load(progress)
        explanation = judging.explainer.explained(judgement, turns)
    if progress is None:
        explanation = explanation.model_copy(update={"note": "training examples were not looked up"})
    risk = judgement.risk
    return Explained(
        domain=risk.domain,
        facet=risk.facet,
        risk=risk_view(risk),
        decoded_from=risk.decoded_from,
        exemplar_version=risk.exemplar_version,
        explanation=explanation,
    )


def shown(found: Explained) -> str:
    """The explanation for people."""
    risk, why = found.risk, found.explanation
    lines = [
        f"unsafe {risk.unsafe:.2f} (model alone {why.unsafe:.2f}), prompt attack {risk.prompt_attack:.2f}, "
        f"uncertainty {risk.uncertainty:.2f}, at stake {risk.stakes:.2f}, urgent {risk.urgent:.2f}: {found.domain}, {found.facet}",
        f"hazards: {', '.join(f'{h.id} {h.score:.2f}' for h in risk.hazards) or 'none stands out'}",
    ]
    if found.decoded_from:
        lines.append(f"read as ({', '.join(found.decoded_from)}): {why.judged}")
    lines += ["", "words that moved the score (log-odds of unsafe, of prompt attack):"]
    lines += [f"  {word.unsafe:+6.2f} {word.prompt_attack:+6.2f}  {word.text}" for word in why.moved] or ["  none"]
    lines += ["", "signals (log-odds of unsafe):"]
    lines += [f"  {s.unsafe:+6.2f}  {s.name}{f' -> {s.facet}' if s.facet else ''}" for s in why.signals] or ["  none"]
    for hit in risk.exemplars:
        lines.append(
            f"exemplar {hit.id} ({hit.label}, similarity {hit.similarity:.2f}): {hit.held or f'{hit.shift:+.2f}'}"
        )
    if risk.guard is not None:
        detail = f" ({risk.guard.detail})" if risk.guard.detail else ""
        lines.append(f"guard {risk.guard.model}: {risk.guard.verdict}{detail}, {risk.guard.shift:+.2f}")
    if why.nearest:
        lines += ["", "nearest training examples:"]
        for near in why.nearest:
            label = "unsafe" if near.unsafe else "safe"
            lines.append(f"  {near.similarity:.2f} {label:6} {near.facet} [{near.source}] {near.text[:100]}")
    if why.truncated:
        lines.append(f"only the first {len(why.judged)} characters are explained")
    if why.note:
        lines.append(why.note)
    return "\n".join(lines)
