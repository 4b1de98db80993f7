"""What a report says, before it is written in one format or another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from evals.gate import Fault
from evals.metrics import MEASURES, MINIMUM, SLICES, Change, Comparison, Rate, change, compare, figures, sliced
from evals.outcomes import Outcome, Run

WORST: Final = 40
"""Cases that are shown whole."""


class Part(NamedTuple):
    """The figures of one part of a slice."""

    slice: str
    value: str
    n: int
    figures: dict[str, Rate]


class Summary(NamedTuple):
    """Everything that a report shows."""

    run: Run
    figures: dict[str, Rate]
    parts: tuple[Part, ...]
    worst: tuple[Outcome, ...]
    faults: tuple[Fault, ...]
    changes: dict[str, Change]
    """Empty without a baseline."""
    comparison: Comparison | None


def summarise(run: Run, *, faults: Sequence[Fault] = (), baseline: Run | None = None) -> Summary:
    """The figures of the run, its slices and worst cases, and what changed since the baseline."""
    outcomes = run.outcomes
    return Summary(
        run=run,
        figures=figures(outcomes),
        parts=tuple(
            Part(name, key[0] or "not said", len(part), figures(part))
            for name in SLICES
            for key, part in sliced(outcomes, (name,)).items()
        ),
        worst=tuple(sorted((o for o in outcomes if not o.acceptable), key=_how_bad))[:WORST],
        faults=tuple(faults),
        changes={name: change(name, baseline.outcomes, outcomes) for name in MEASURES} if baseline else {},
        comparison=compare(baseline.outcomes, outcomes) if baseline else None,
    )


def shown(rate: Rate, *, minimum: int = MINIMUM) -> str:
    """The figure for a person; a part with too few outcomes has none."""
    if rate.n < minimum:
        return f"n={rate.n}"
    return f"{rate.value:.1%} ({rate.low:.0%} to {rate.high:.0%}, n={rate.n})"


def fault_of(outcome: Outcome) -> str:
    """In a few words, what is wrong with an outcome."""
    if outcome.error is not None:
        return f"the turn failed: {outcome.error}"
    action = outcome.action.value if outcome.action else "nothing"
    parts = []
    if outcome.action in outcome.never:
        parts.append(f"`{action}` must never be done here")
    elif outcome.action not in outcome.expect:
        parts.append(f"`{action}`, expected {' or '.join(f'`{wanted.value}`' for wanted in outcome.expect)}")
    parts += [f"content: {entry}" for entry in outcome.broken]
    return "; ".join(parts)


def _how_bad(outcome: Outcome) -> tuple[bool, bool, bool, str]:
    return not outcome.served_harm, not outcome.serious, outcome.error is None, outcome.id
