"""Where the action changes as the unsafe score rises, all other facts being quiet."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from policies.cases import Value, facts_of
from policies.policy_set import PolicySet
from policies.replay import replay
from policies.taxonomy import Action, Facet

STEPS: Final = 20
"""The unsafe score is sampled at 0, 1/20, ... 1."""

Bands = tuple[tuple[float, Action], ...]


def bands_of(
    policies: PolicySet, facet: Facet, role: str, *, now: datetime, locale: str = "en-US", tenant: str = "default"
) -> Bands:
    """Return where the action changes as the unsafe score rises, all other facts quiet; the first band starts at 0."""
    bands: list[tuple[float, Action]] = []
    given: dict[str, Value] = {
        "risk.facet": facet,
        "context.role": role,
        "context.locale": locale,
        "context.tenant": tenant,
    }
    facts = facts_of(given, policies)
    for step in range(STEPS + 1):
        unsafe = step / STEPS
        risk = facts.risk.model_copy(update={"unsafe": unsafe})
        action = replay(facts.model_copy(update={"risk": risk}), policies, now).action
        if not bands or bands[-1][1] is not action:
            bands.append((unsafe, action))
    return tuple(bands)


def text_of(bands: Bands) -> str:
    """Return the bands as text: ``answer, guide from 0.6``."""
    return ", ".join(str(action) if start == 0 else f"{action} from {start:g}" for start, action in bands)
