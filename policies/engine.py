"""The decision: a pure, total function of facts, policies and the time.

Combination, in full: the strictest action of the matching rules wins, the obligations of all of them add up, and the
order of rules in files never matters. No match refuses. A rule that errs escalates and is never skipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

import cel

from policies.models import Decision, Facts, NearMiss, Obligation, RuleError
from policies.near import gaps
from policies.policy_set import Plan, PolicySet, Rule
from policies.taxonomy import Action

NO_MATCH: Final = "unclassified_request"
"""Rationale when no rule speaks about a request."""
CHECK_FAILED: Final = "check_failed"
"""Rationale when a rule could not be evaluated."""
REVIEW_FULL: Final = "review_full"
"""Rationale when a person would have to look, and those who could cannot keep up."""

_CEL_ERRORS: Final = (ValueError, RuntimeError, TypeError, LookupError, ArithmeticError)


def decide(facts: Facts, policies: PolicySet, *, now: datetime) -> Decision:
    """Return what to do with a turn. Same facts, policies and ``now`` always give the same decision.

    Among equally strict rules the rationale with the highest rank in the catalogue speaks, then the lowest rule id.
    A rule that cannot be evaluated makes the action ``escalate``; a rule that itself asked to escalate still gives
    its own rationale, so that a person in danger reads the right text. ``now`` must carry a time zone.
    """
    if now.tzinfo is None:
        raise ValueError("`now` has no time zone; pass `datetime.now(UTC)`")
    applied = policies.applied(facts.context)
    plan = policies.plan(facts.risk.facet, applied)
    values = values_of(facts, plan, now)
    matched, errors = matching(values, plan, now)
    action = max((rule.action for rule in matched), key=lambda a: a.strictness, default=Action.REFUSE)
    if errors:
        action = Action.ESCALATE
    winners = [rule for rule in matched if rule.action is action]
    default: Literal["no_match", "rule_error"] | None = None
    if winners:
        rationale = speaker(winners, policies).rationale
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
        overlays=applied.overlays,
        risk_appetite=applied.risk_appetite,
        near_misses=_near_misses(values, plan, matched, action, now),
    )


def divert(decision: Decision, policies: PolicySet) -> Decision:
    """Return the decision as a refusal, because nobody can look at it in time. What it rests on stays as it was."""
    rationale = REVIEW_FULL if REVIEW_FULL in policies.rationales else decision.rationale_code
    return decision.model_copy(update={"action": Action.REFUSE, "rationale_code": rationale})


def speaker(winners: Sequence[Rule], policies: PolicySet) -> Rule:
    """Return the rule whose rationale is told: the highest rank, then the lowest id."""
    return min(winners, key=lambda rule: (-policies.rationales[rule.rationale].rank, rule.id))


def values_of(facts: Facts, plan: Plan, now: datetime) -> dict[str, Any]:
    """Return the flat variables that the rules of the plan read; a score that the facts lack is left out."""
    try:
        values = plan.read(facts)
    except KeyError:
        values = _what_is_there(facts, plan)
    for name, tell in plan.clocks:
        values[name] = tell(now)
    return values


def _what_is_there(facts: Facts, plan: Plan) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, read in plan.getters:
        try:
            values[name] = read(facts)
        except KeyError:
            continue  # a score is missing: the rules that need it err, the others still count
    return values


def matching(values: dict[str, Any], plan: Plan, now: datetime) -> tuple[list[Rule], tuple[RuleError, ...]]:
    """Return the rules that match, in order of id, and what went wrong.

    The translated conditions judge; CEL judges the patterns, and everything where a score is missing or a sum has no result.
    """
    try:
        verdicts = plan.judge(values)
    except (KeyError, ArithmeticError):
        return by_cel(values, plan, now)
    rules = [rule for rule, holds in zip(plan.rules, verdicts, strict=True) if holds]
    if plan.patterns:
        context = cel.Context(variables=values)
        try:
            rules = [r for r in rules if r.id not in plan.patterns or r.condition.program.execute(context) is True]
        except _CEL_ERRORS:
            return by_cel(values, plan, now)
    return [rule for rule in rules if rule.in_force(now)] if plan.dated else rules, ()


def by_cel(values: Mapping[str, Any], plan: Plan, now: datetime) -> tuple[list[Rule], tuple[RuleError, ...]]:
    """Return the same by the CEL engine alone, each rule for itself, so that one fault does not silence the others."""
    context = cel.Context(variables=dict(values))
    matched: list[Rule] = []
    errors: list[RuleError] = []
    for rule in plan.rules:
        if not rule.in_force(now):
            continue
        try:
            result = rule.condition.program.execute(context)
        except _CEL_ERRORS as error:
            errors.append(RuleError(rule_id=rule.id, message=_first_line(error)))
            continue
        if not isinstance(result, bool):
            errors.append(RuleError(rule_id=rule.id, message=f"condition gave `{result}`, expected true or false"))
        elif result:
            matched.append(rule)
    return matched, tuple(errors)


def _near_misses(
    values: Mapping[str, Any], plan: Plan, matched: Sequence[Rule], action: Action, now: datetime
) -> tuple[NearMiss, ...]:
    """Return the rules at least as strict as the decision that would match if scores moved by a margin, strictest first.

    A laxer one could change nothing.
    """
    try:
        wide = plan.near(values)
    except KeyError:
        return ()  # a score is missing: the decision escalates, and nothing can be said about distances
    ids = {rule.id for rule in matched}
    found = [
        NearMiss(rule_id=rule.id, action=rule.action, gaps=tuple(dict.fromkeys(gaps(rule.condition.node, values))))
        for rule, holds in zip(plan.near_rules, wide, strict=True)
        if holds and rule.id not in ids and rule.action.strictness >= action.strictness and rule.in_force(now)
    ]
    return tuple(sorted(found, key=lambda near: (-near.action.strictness, near.rule_id)))


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
