"""What holds for every rule anybody may write, and for every file anybody may send."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.cases import cases_in, facts_of
from policies.engine import by_cel, decide, matching, values_of
from policies.errors import PolicyLoadError, Problem
from policies.lint import lint_sources
from policies.loader import load_policies, parse_policies, read_sources
from policies.models import Facts
from policies.policy_set import PolicySet
from policies.reader import Source
from policies.replay import replay
from policies.taxonomy import Action
from tests.unit.policies.conftest import NOW
from tests.unit.policies.test_engine import any_facts
from tests.unit.policies.trees import tiny_sources

POLICIES = load_policies()
SOURCES = read_sources()
APPETITES = ("cautious", "balanced", "permissive")


def _tenant(appetite: str) -> Source:
    chosen = "" if appetite == "balanced" else f"risk_appetite: {appetite}\n"
    return Source(f"overlays/tenants/{appetite}.yaml", f"title: T\nowner: o\n{chosen}")


def _load(sources: list[Source]) -> tuple[PolicySet | None, tuple[Problem, ...]]:
    """The policies and their cases, or what is wrong with them; any other error is a fault of ours."""
    try:
        policies = parse_policies([source for source in sources if not source.name.startswith("cases/")])
        cases_in(sources, policies)
    except PolicyLoadError as error:
        return None, error.problems
    return policies, ()


TENANTS = parse_policies([*SOURCES, *map(_tenant, APPETITES)])


@settings(max_examples=300, deadline=None)
@given(any_facts())
def test_a_more_cautious_appetite_is_never_laxer(facts: Facts) -> None:
    strictness = [
        replay(
            facts.model_copy(update={"context": facts.context.model_copy(update={"tenant": appetite})}), TENANTS, NOW
        ).action.strictness
        for appetite in APPETITES
    ]
    assert strictness == sorted(strictness, reverse=True)


@settings(max_examples=100, deadline=None)
@given(any_facts())
def test_no_appetite_moves_the_core(facts: Facts) -> None:
    core = {rule.id for rule in TENANTS.rules if rule.core}
    matched = []
    for appetite in APPETITES:
        context = facts.context.model_copy(update={"tenant": appetite})
        decision = decide(facts.model_copy(update={"context": context}), TENANTS, now=NOW)
        matched.append(core & set(decision.rule_ids))
    assert matched[0] == matched[1] == matched[2]


CHANGES = st.fixed_dictionaries(
    {
        "rule": st.sampled_from([rule.id for rule in POLICIES.rules if rule.overlay is None]),
        "action": st.sampled_from([str(action) for action in Action]),
        "because": st.just("b"),
        "rationale": st.just("served"),
        "when": st.sampled_from(["true", "clinician", "risk.unsafe < 0.5"]),
    }
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CHANGES, any_facts())
def test_an_overlay_that_loads_loosens_only_what_is_relaxable(change: dict[str, str], facts: Facts) -> None:
    overlay = Source("overlays/tenants/x.yaml", yaml.safe_dump({"title": "t", "owner": "o", "changes": [change]}))
    policies, problems = _load([*SOURCES, overlay])
    assert all("loosens" in problem.message for problem in problems)
    if policies is None:
        return
    context = facts.context.model_copy(update={"tenant": "x"})
    facts = facts.model_copy(update={"context": context})
    before, after = decide(facts, POLICIES, now=NOW), decide(facts, policies, now=NOW)
    if after.action.strictness < before.action.strictness:
        target = next(rule for rule in POLICIES.rules if rule.id == change["rule"])
        assert target.relaxable is not None
        assert not target.core
        assert after.action.strictness >= target.relaxable.to.strictness


# --- files that nobody meant to write --------------------------------------------------------------------

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12))
FIELDS = st.sampled_from(
    ["rules", "id", "when", "action", "obligations", "rationale", "except", "tests", "core", "relaxable", "domain", "owner",
     "changes", "rule", "because", "sources", "risk_appetite", "thresholds", "predicates", "roles", "locales", "cases", "given",
     "each", "fires", "effective_from", "title", "en", "x"]
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(FIELDS, inner, max_size=5)),
    max_leaves=15,
)
NAMES = st.sampled_from(
    ["rules/test.yaml", "rules/x.yaml", "vocabulary.yaml", "rationales/texts.yaml", "overlays/tenants/x.yaml",
     "overlays/jurisdictions/US.yaml", "cases/x.yaml"]
)  # fmt: skip


def _loads_or_says_why(sources: list[Source]) -> None:
    policies, problems = _load(sources)
    assert all(problem.file and problem.line >= 1 and problem.message for problem in problems)
    if policies is None:
        assert problems
        return
    decision = decide(facts_of({}, policies), policies, now=NOW)
    assert decision.action in Action


def _with(name: str, text: str) -> list[Source]:
    kept = [source for source in tiny_sources({"when": "true"}) if source.name != name]
    return [*kept, Source(name, text)]


@settings(max_examples=250, deadline=None)
@given(NAMES, TREES)
def test_random_yaml_never_gives_a_traceback(name: str, tree: Any) -> None:
    _loads_or_says_why(_with(name, yaml.safe_dump(tree, allow_unicode=True)))


@settings(max_examples=200, deadline=None)
@given(NAMES, st.text(max_size=60))
def test_random_text_never_gives_a_traceback(name: str, text: str) -> None:
    _loads_or_says_why(_with(name, text))


TOKENS = st.sampled_from(
    ["risk.unsafe", "risk.facet", "risk.signals", "text.has_pii", "text.length", "time.hour", "context.tenant", "threshold.high",
     "clinician", "risky", "x", "&&", "||", "!", "==", "!=", "<", ">=", "in", "+", "-", "*", "/", "?", ":", "(", ")", "[", "]",
     ",", ".", '"dosing"', '"dose.child"', "'", "0.5", "2", "1e999", "true", "size(", ".exists(", ".matches(", '"(a+"', "\\", "#"]
)  # fmt: skip
CONDITIONS = st.one_of(st.lists(TOKENS, max_size=12).map(" ".join), st.text(max_size=40))


@settings(max_examples=600, deadline=None)
@given(CONDITIONS)
def test_random_conditions_load_or_say_why(condition: str) -> None:
    _loads_or_says_why(tiny_sources({"when": condition}))


@settings(max_examples=300, deadline=None)
@given(CONDITIONS)
def test_a_condition_that_loads_judges_any_turn(condition: str) -> None:
    try:
        policies = parse_policies(tiny_sources({"when": condition, "action": "answer"}, {"when": "true"}))
    except PolicyLoadError:
        return
    for given_ in ({}, {"risk.unsafe": 0.9, "text.length": 5, "risk.signals": ("dose.child",), "text.has_pii": True}):
        facts = facts_of(given_, policies)  # type: ignore[arg-type]  # values of any type
        decision = decide(facts, policies, now=NOW)
        assert decision.errors == ()
        plan = policies.plan(facts.risk.facet, policies.applied(facts.context))
        values = values_of(facts, plan, NOW)
        assert matching(values, plan, NOW) == by_cel(values, plan, NOW)


@pytest.mark.parametrize("name", ["rules/medical.yaml", "vocabulary.yaml", "overlays/jurisdictions/EU.yaml"])
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_torn_file_is_a_finding_and_not_a_crash(name: str, data: st.DataObject) -> None:
    text = next(source.text for source in SOURCES if source.name == name)
    cut = data.draw(st.integers(0, len(text)))
    torn = [Source(name, text[:cut]) if source.name == name else source for source in SOURCES]
    policies, problems = _load(torn)
    assert (policies is None) is bool(problems)


def test_lint_of_nothing_names_what_is_missing() -> None:
    assert [str(finding) for finding in lint_sources([])]
