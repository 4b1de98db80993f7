"""The checks that follow from the obligations of a decision, for text that is there as a whole.

A check is a pure function from a text to whether it must be held. What a model streams passes these and more:
``agent.moderation.inspector``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from agent.moderation.dosage import has_dosage
from agent.moderation.private import has_secret
from agent.moderation.snippets import has_code
from agent.moderation.steps import has_steps
from policies.models import Decision

Check = Callable[[str], bool]
"""True when the text must be held."""

CHECKS: Final[dict[str, Check]] = {
    "secrets": has_secret,
    "no_dosage": has_dosage,
    "no_code": has_code,
    "no_steps": has_steps,
}
"""Name of check -> detector. The names of obligations that limit altitude are the names of their checks."""

MODEL_CHECKS: Final = ("personal", "hazards", "prompt_leak", "no_verbatim", "language", "length", "time")
"""What is looked at beside them in the words of a model."""

LOOKBACK: Final[dict[str, int]] = {"no_steps": 3_000}
"""Characters before a piece that a check reads with it, where it is more than ``NEAR``."""
NEAR: Final = 160


def checks_for(decision: Decision) -> dict[str, Check]:
    """The checks that this decision asks for; ``secrets`` always."""
    return {name: check for name, check in CHECKS.items() if name == "secrets" or decision.has(name)}


def violations(text: str, checks: dict[str, Check]) -> tuple[str, ...]:
    """Names of the checks that hold this text, in order."""
    return tuple(name for name, check in checks.items() if check(text))


def surviving(sentences: Sequence[str], checks: dict[str, Check]) -> tuple[list[str], list[str]]:
    """The sentences that pass, and the names of the checks that held the others."""
    kept: list[str] = []
    held: list[str] = []
    for sentence in sentences:
        found = violations(sentence, checks)
        if found:
            held.extend(name for name in found if name not in held)
        else:
            kept.append(sentence)
    return kept, held
