"""The decision: a pure, total function of facts, policies and the time.

Combination, in full: the strictest action of the matching rules wins, the obligations of all of them add up, and the
order of rules in files never matters. No match refuses. A rule that errs escalates and is never skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

import cel

from policies.models import Decision, Facts, Obligation, RuleError
from policies.policy_set import FacetPlan, PolicySet, Rule
from policies.taxonomy import Action

NO_MATCH: Final = "unclassified_request"
"""Rationale when no rule speaks about a request."""
CHECK_FAILED: Final = "check_failed"
"""Rationale when a rule could not be evaluated."""


def decide(facts: Facts, policies: PolicySet, *, now: datetime) -> Decision:
    """Return what to do with a turn. Same facts, policies and ``now`` always give the same decision.

    Among equally strict rules the rationale with the highest rank in the catalogue speaks, then the lowest rule id.
    A rule that cannot be evaluated makes the action ``escalate``; a rule that itself asked to escalate still gives
    its own rationale, so that a person in danger reads the right text. ``now`` must carry a time zone.
    """
    if now.tzinfo is None:
        raise ValueError("`now` has no time zone; pass `datetime.now(UTC)`")
    matched, errors = _evaluate(facts, policies.plans[facts.risk.facet], now)
    action = max((rule.action for rule in matched), key=lambda a: a.strictness, default=Action.REFUSE)
    if errors:
        action = Action.ESCALATE
    winners = [rule for rule in matched if rule.action is action]
    default: Literal["no_match", "rule_error"] | None = None
    if winners:
        rationale = min(winners, key=lambda rule: (-policies.rationales[rule.rationale].rank, rule.id)).rationale
    else:
        default, rationale = ("rule_error", CHECK_FAILED) if errors else ("no_match", NO_MATCH)
    return Decision(
        action=action,
        rule_ids=tuple(rule.id for rule in matched),
        decided_by=tuple(rule.id for rule in winners),
        rationale_code=rationale,
        obligations=_add_up(matched),
        errors=errors,
        policy_version=policies.version,
        default=default,
    )


def _evaluate(facts: Facts, plan: FacetPlan, now: datetime) -> tuple[list[Rule], tuple[RuleError, ...]]:
    """Return the matching rules in order of id, and what went wrong."""
    variables: dict[str, object] = {}
    for name, read in plan.getters:
        try:
            variables[name] = read(facts)
        except KeyError:
            continue  # a score is missing: the rules that need it err below, the others still count
    context = cel.Context(variables=variables)
    matched: list[Rule] = []
    errors: list[RuleError] = []
    for rule, execute, dated in plan.steps:
        if dated and not rule.in_force(now):
            continue
        try:
            result = execute(context)
        except (ValueError, RuntimeError, TypeError, LookupError, ArithmeticError) as error:
            errors.append(RuleError(rule_id=rule.id, message=_first_line(error)))
            continue
        if not isinstance(result, bool):
            errors.append(RuleError(rule_id=rule.id, message=f"condition gave `{result}`, expected true or false"))
        elif result:
            matched.append(rule)
    return matched, tuple(errors)


def _add_up(matched: Sequence[Rule]) -> tuple[Obligation, ...]:
    """Return each distinct obligation once, with every rule that brought it, in order of name."""
    origins: dict[tuple[str, str | None], list[str]] = {}
    for rule in matched:
        for obligation in rule.obligations:
            origins.setdefault(obligation, []).append(rule.id)
    ordered = sorted(origins.items(), key=lambda entry: (entry[0][0], entry[0][1] or ""))
    return tuple(Obligation(name=name, argument=argument, rule_ids=tuple(ids)) for (name, argument), ids in ordered)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
