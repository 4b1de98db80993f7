"""What nobody loosens, whoever edits the files: a candidate decides the core's own cases at least as strictly as it shipped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import NamedTuple

from policies.cases import facts_of, load_cases
from policies.engine import decide
from policies.errors import Problem
from policies.loader import load_policies
from policies.models import Facts
from policies.policy_set import PolicySet, Rule


class _Promise(NamedTuple):
    rule: Rule
    facts: Facts
    at: datetime | None


@cache
def _promises() -> tuple[_Promise, ...]:
    """The cases in which a core rule of the packaged policies fires."""
    packaged = load_policies()
    core = {rule.id: rule for rule in packaged.rules if rule.core}
    return tuple(
        _Promise(core[case.rule], facts_of(case.given, packaged), case.at)
        for case in load_cases(packaged)
        if case.fires and case.rule in core
    )


def loosened(policies: PolicySet, *, now: datetime) -> Iterator[Problem]:
    """Yield, for each packaged core rule, the first case in which ``policies`` are laxer or leave a duty of it out."""
    present = {rule.id: rule for rule in policies.rules}
    reported: set[str] = set()
    for rule, facts, at in _promises():
        if rule.id in reported:
            continue
        decision = decide(facts, policies, now=at or now)
        duties = {(duty.name, duty.argument) for duty in decision.obligations}
        if decision.action.strictness < rule.action.strictness:
            found = f"gets `{decision.action}` instead of `{rule.action}`"
        elif left_out := sorted(name for name, argument in rule.obligations if (name, argument) not in duties):
            found = f"does not get `{left_out[0]}`"
        else:
            continue
        reported.add(rule.id)
        at_rule = present.get(rule.id)
        yield Problem(
            rule.file if at_rule is None else at_rule.file,
            1 if at_rule is None else at_rule.line,
            f"a case of `{rule.id}` {found}; the core cannot be loosened by anyone, restore the rule",
        )
