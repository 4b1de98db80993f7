"""Decisions on many recorded turns: the action, the rules and the obligations, without what only one turn needs.

``replay`` and ``engine.decide`` agree on every turn (a property test); this one judges with Python instead of CEL and
leaves rationale, near misses and the checks of a decision out. Where it cannot judge, it asks ``decide``.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import cel

from policies.engine import decide, values_of
from policies.models import Facts
from policies.policy_set import Plan, PolicySet, Rule
from policies.taxonomy import Action

_STRICTNESS = {action: action.strictness for action in Action}
_NOTHING: frozenset[str] = frozenset()


class Outcome(NamedTuple):
    """What the policies make of a turn."""

    action: Action
    decided_by: tuple[str, ...]
    obligations: frozenset[str]


def replay(facts: Facts, policies: PolicySet, now: datetime) -> Outcome:
    """Return the outcome of a turn at that time."""
    plan = policies.plan(facts.risk.facet, policies.applied(facts.context))
    values = values_of(facts, plan, now)
    try:
        verdicts = plan.judge(values)
    except (KeyError, ArithmeticError):
        return _decided(facts, policies, now)
    matched = [index for index, holds in enumerate(verdicts) if holds]
    if plan.patterns:
        found = _with_patterns(plan, matched, values)
        if found is None:
            return _decided(facts, policies, now)
        matched = found
    if plan.dated:
        matched = [index for index in matched if plan.rules[index].in_force(now)]
    rules: list[Rule] = [plan.rules[index] for index in matched]
    if not rules:
        return Outcome(Action.REFUSE, (), _NOTHING)
    action = max((rule.action for rule in rules), key=_STRICTNESS.__getitem__)
    return Outcome(
        action,
        tuple(rule.id for rule in rules if rule.action is action),
        _NOTHING.union(*[plan.duties[index] for index in matched]),
    )


def _with_patterns(plan: Plan, matched: list[int], values: dict[str, object]) -> list[int] | None:
    """Drop the rules whose patterns do not match; ``None`` when one errs."""
    context = cel.Context(variables=dict(values))
    try:
        return [
            i for i in matched if i not in plan.patterns or plan.rules[i].condition.program.execute(context) is True
        ]
    except (ValueError, RuntimeError, TypeError, LookupError, ArithmeticError):
        return None


def _decided(facts: Facts, policies: PolicySet, now: datetime) -> Outcome:
    decision = decide(facts, policies, now=now)
    return Outcome(decision.action, decision.decided_by, frozenset(map(str, decision.obligations)))
