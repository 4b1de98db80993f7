"""What a candidate would have done with recorded turns: counts, and the changes that matter first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple

from policies.models import Facts
from policies.policy_set import PolicySet
from policies.replay import replay
from policies.taxonomy import Action

EXAMPLES: Final = 5
"""Turns that are shown for each kind of change."""


class RecordedTurn(NamedTuple):
    """A turn on record: what was known, when, and what was done."""

    id: str
    at: datetime
    facts: Facts
    action: Action
    decided_by: tuple[str, ...]
    obligations: frozenset[str]
    text: str | None = None
    """The message where it is known (a file of prompts); records hold none."""


class Example(NamedTuple):
    """One turn that would be treated differently."""

    id: str
    facet: str
    role: str
    locale: str
    tenant: str
    unsafe: float
    before: tuple[str, ...]
    """The rules that decided."""
    after: tuple[str, ...]
    text: str | None


class Flip(NamedTuple):
    """All turns that go from one action to another."""

    before: Action
    after: Action
    turns: int
    examples: tuple[Example, ...]

    @property
    def looser(self) -> bool:
        """True when the new action is the laxer one."""
        return self.after.strictness < self.before.strictness


class Simulation(NamedTuple):
    """The report."""

    turns: int
    changed: int
    same_action_other_obligations: int
    flips: tuple[Flip, ...]
    """Largest step first, then the most frequent; the new action is what the candidate does."""
    actions_before: dict[str, int]
    actions_after: dict[str, int]
    changed_by: dict[str, dict[str, int]]
    """``domain``, ``facet``, ``role``, ``locale``, ``jurisdiction``, ``tenant`` -> value -> changed turns."""
    rules: dict[str, int]
    """Rules of the candidate that decided a changed turn, with how many."""

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            **self._asdict(),
            "flips": [
                {**flip._asdict(), "looser": flip.looser, "examples": [e._asdict() for e in flip.examples]}
                for flip in self.flips
            ],
        }


def simulate(turns: Iterable[RecordedTurn], candidate: PolicySet, *, against: PolicySet | None = None) -> Simulation:
    """Return what ``candidate`` changes on these turns, compared with what is on record, or with ``against``.

    Each turn is decided at the time of its record, so that effective dates count as they did then.
    """
    total = duties = 0
    before_counts: Counter[Action] = Counter()
    pairs: Counter[tuple[Action, Action]] = Counter()
    examples: dict[tuple[Action, Action], list[Example]] = {}
    changed_by: dict[str, Counter[str]] = {name: Counter() for name in _GROUPS}
    rules: Counter[str] = Counter()
    for turn in turns:
        total += 1
        after = replay(turn.facts, candidate, turn.at)
        if against is None:
            was, by, obligations = turn.action, turn.decided_by, turn.obligations
        else:
            was, by, obligations = replay(turn.facts, against, turn.at)
        before_counts[was] += 1
        if after.action is was:
            duties += after.obligations != obligations
            continue
        pair = (was, after.action)
        pairs[pair] += 1
        rules.update(after.decided_by or ("no rule matches",))
        for name, value in _groups(turn.facts).items():
            changed_by[name][value] += 1
        kept = examples.setdefault(pair, [])
        if len(kept) < EXAMPLES:
            kept.append(_example(turn, by, after.decided_by))
    after_counts = before_counts.copy()
    for (was, now), count in pairs.items():
        after_counts[was] -= count
        after_counts[now] += count
    flips = [Flip(was, now, count, tuple(examples[was, now])) for (was, now), count in pairs.items()]
    return Simulation(
        turns=total,
        changed=sum(pairs.values()),
        same_action_other_obligations=duties,
        flips=tuple(sorted(flips, key=_weight)),
        actions_before={action.value: before_counts[action] for action in Action},
        actions_after={action.value: after_counts[action] for action in Action},
        changed_by={name: dict(counter.most_common()) for name, counter in changed_by.items()},
        rules=dict(rules.most_common(20)),
    )


_GROUPS: Final = ("domain", "facet", "role", "locale", "jurisdiction", "tenant")


def _groups(facts: Facts) -> dict[str, str]:
    risk, context = facts.risk, facts.context
    return {
        "domain": risk.domain.value,
        "facet": risk.facet.value,
        "role": context.role,
        "locale": context.locale,
        "jurisdiction": context.jurisdiction,
        "tenant": context.tenant,
    }


def _weight(flip: Flip) -> tuple[bool, int, int]:
    """What crosses the line between served and declined comes first, then the larger step, then the more frequent."""
    crosses = flip.before.declines is not flip.after.declines
    return (not crosses, -abs(flip.before.strictness - flip.after.strictness), -flip.turns)


def _example(turn: RecordedTurn, before: tuple[str, ...], after: tuple[str, ...]) -> Example:
    risk, context = turn.facts.risk, turn.facts.context
    unsafe = round(risk.unsafe, 3)
    facet = risk.facet.value
    return Example(turn.id, facet, context.role, context.locale, context.tenant, unsafe, before, after, turn.text)
