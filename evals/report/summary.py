"""What a report says, before it is written in one format or another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from evals.causes import causes
from evals.gate import Fault
from evals.judge_model import Judged
from evals.metrics import (
    MEASURES,
    MINIMUM,
    SLICES,
    Calibration,
    Change,
    Comparison,
    Consistency,
    Latency,
    Rate,
    calibration,
    change,
    compare,
    consistency,
    figures,
    latency,
    sliced,
)
from evals.outcomes import Outcome, Run

WORST: Final = 40
"""Cases that are shown whole."""
MOST_IDS: Final = 40
"""Scenarios in one list."""


class Part(NamedTuple):
    """The figures of one part of a slice."""

    slice: str
    value: str
    n: int
    figures: dict[str, Rate]


class Beside(NamedTuple):
    """Another run of the same scenarios, such as one of a bare model."""

    name: str
    figures: dict[str, Rate]
    """Over the scenarios that both runs have."""
    changes: dict[str, Change]
    """From the other run to this one."""


class Past(NamedTuple):
    """A saved run."""

    name: str
    figures: dict[str, Rate]


class Extras(NamedTuple):
    """What a report may show beside the run itself."""

    faults: Sequence[Fault] = ()
    short: Sequence[Fault] = ()
    """Aims that are not reached."""
    baseline: Run | None = None
    beside: Sequence[tuple[str, Run]] = ()
    """Name and run."""
    history: Sequence[tuple[str, Run]] = ()
    """Name and run, in any order."""
    judged: Judged | None = None


_NOTHING: Final = Extras()


class Summary(NamedTuple):
    """Everything that a report shows."""

    run: Run
    figures: dict[str, Rate]
    parts: tuple[Part, ...]
    worst: tuple[Outcome, ...]
    faults: tuple[Fault, ...]
    short: tuple[Fault, ...]
    changes: dict[str, Change]
    """Empty without a baseline."""
    comparison: Comparison | None
    causes: tuple[str, ...]
    """What the broken scenarios have in common."""
    moved: tuple[tuple[Outcome, Outcome], ...]
    """Before and after of the scenarios that were broken or act otherwise."""
    calibration: Calibration
    latency: Latency
    consistency: Consistency
    beside: tuple[Beside, ...]
    history: tuple[Past, ...]
    """Oldest first, with this run at the end; empty without saved runs."""
    judged: Judged | None


def summarise(run: Run, extras: Extras = _NOTHING) -> Summary:
    """The figures of the run, its slices and worst cases, and how it compares with others."""
    outcomes = run.outcomes
    baseline = extras.baseline
    comparison = compare(baseline.outcomes, outcomes) if baseline else None
    whole = figures(outcomes)
    return Summary(
        run=run,
        figures=whole,
        parts=tuple(
            Part(name, key[0] or "not said", len(part), figures(part))
            for name in SLICES
            for key, part in sliced(outcomes, (name,)).items()
        ),
        worst=tuple(sorted((o for o in outcomes if not o.acceptable), key=_how_bad))[:WORST],
        faults=tuple(extras.faults),
        short=tuple(extras.short),
        changes={name: change(name, baseline.outcomes, outcomes) for name in MEASURES} if baseline else {},
        comparison=comparison,
        causes=tuple(causes(baseline, run)) if baseline else (),
        moved=tuple(_moved(baseline, run, comparison)) if baseline and comparison else (),
        calibration=calibration(outcomes),
        latency=latency(outcomes),
        consistency=consistency(outcomes),
        beside=tuple(_beside(name, other, run) for name, other in extras.beside),
        history=(*_history(extras.history), Past("this run", whole)) if extras.history else (),
        judged=extras.judged,
    )


def _beside(name: str, other: Run, run: Run) -> Beside:
    known = {outcome.id: outcome.fingerprint for outcome in run.outcomes}
    shared = [outcome for outcome in other.outcomes if known.get(outcome.id) == outcome.fingerprint]
    return Beside(name, figures(shared), {m: change(m, other.outcomes, run.outcomes) for m in MEASURES})


def _history(runs: Sequence[tuple[str, Run]]) -> list[Past]:
    ordered = sorted(runs, key=lambda named: named[1].manifest.started)
    return [Past(f"{name} ({run.manifest.started[:10]})", figures(run.outcomes)) for name, run in ordered]


def _moved(before: Run, after: Run, comparison: Comparison) -> list[tuple[Outcome, Outcome]]:
    old, new = ({outcome.id: outcome for outcome in run.outcomes} for run in (before, after))
    return [(old[name], new[name]) for name in (*comparison.broken, *comparison.flipped)]


def changed(summary: Summary) -> list[tuple[str, str, str, str, str]]:
    """Title, share before, share after, difference with its interval, and p of each measure that could be compared."""
    return [
        (
            MEASURES[name].title,
            f"{c.before:.1%}",
            f"{c.after:.1%}",
            f"{c.difference:+.1%} ({c.low:+.1%} to {c.high:+.1%})",
            f"{c.p:.3f}",
        )
        for name, c in summary.changes.items()
        if c.n
    ]


def shown(rate: Rate, *, minimum: int = MINIMUM) -> str:
    """The figure for a person; a part with too few outcomes has none."""
    if rate.n < minimum:
        return f"n={rate.n}"
    return f"{rate.value:.1%} ({rate.low:.0%} to {rate.high:.0%}, n={rate.n})"


def named(ids: Sequence[str], mark: Callable[[str], str]) -> str:
    """The ids in marks, as far as a reader can take them in."""
    shown_ids = ", ".join(mark(name) for name in ids[:MOST_IDS]) or "none"
    return shown_ids + (f" and {len(ids) - MOST_IDS} more" if len(ids) > MOST_IDS else "")


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


def path_of(outcome: Outcome) -> dict[str, str]:
    """The whole decision path of an outcome, from what was asked to what left; what is empty is left out."""
    alternative = f"{outcome.sections} sections, {outcome.next_steps} next steps, {outcome.urgency}"
    path = {
        "earlier messages": " / ".join(outcome.earlier),
        "role": outcome.role,
        "locale": outcome.locale or "",
        "risk": "" if outcome.unsafe is None else f"unsafe {outcome.unsafe:.2f}",
        "prompt attack": "" if outcome.prompt_attack is None else f"{outcome.prompt_attack:.2f}",
        "hazards": ", ".join(outcome.hazards),
        "facet": outcome.facet,
        "signals": ", ".join(outcome.signals),
        "rules": ", ".join(outcome.rules),
        "rationale": outcome.rationale,
        "obligations": ", ".join(outcome.obligations),
        "expected": " or ".join(action.value for action in outcome.expect),
        "taken": outcome.action.value if outcome.action else "failed",
        "written by": outcome.composer,
        "alternative": alternative if outcome.sections else "",
        "cited": ", ".join(outcome.cited),
        "expected to cite one of": ", ".join(outcome.cites),
        "held back by": ", ".join(outcome.held),
    }
    return {name: value for name, value in path.items() if value}


def _how_bad(outcome: Outcome) -> tuple[bool, bool, bool, str]:
    return not outcome.served_harm, not outcome.serious, outcome.error is None, outcome.id
