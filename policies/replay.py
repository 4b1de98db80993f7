"""Decisions on many recorded turns: the action, the rules and the obligations, without what only one turn needs.

``replay`` and ``engine.decide`` agree on every turn (a property test); rationale, near misses and the checks of a decision
are left out.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from policies.engine import matching, values_of
from policies.models import Facts
from policies.policy_set import PolicySet
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
    rules, errors = matching(values_of(facts, plan, now), plan, now)
    action = max((rule.action for rule in rules), key=_STRICTNESS.__getitem__, default=Action.REFUSE)
    if errors:
        action = Action.ESCALATE
    return Outcome(
        action,
        tuple(rule.id for rule in rules if rule.action is action),
        _NOTHING.union(*[plan.duties[rule.id] for rule in rules]),
    )
