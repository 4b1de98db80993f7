from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.cases import Case, facts_of, failure_of
from policies.compiler import variables
from policies.engine import by_cel, decide, matching, values_of
from policies.expressions import parse
from policies.loader import load_policies, parse_policies
from policies.models import ContextFacts, Decision, Facts, RiskFacts, TextFacts, ThreadFacts
from policies.policy_set import PolicySet
from policies.taxonomy import DOMAIN_OF_FACET, Action, Facet, Hazard
from tests.unit.policies.conftest import NOW
from tests.unit.policies.trees import TEXTS, tiny_sources

Build = Callable[..., PolicySet]


def _decide(policies: PolicySet, given: dict[str, object] | None = None, now: datetime = NOW) -> Decision:
    return decide(facts_of(given or {}, policies), policies, now=now)  # type: ignore[arg-type]  # dict values vary


def test_the_strictest_action_wins_and_obligations_add_up(tiny: Build) -> None:
    policies = tiny(
        {"id": "test.lax", "when": "risk.unsafe < 0.5", "action": "answer", "obligations": ["cite", "no_code"]},
        {"id": "test.strict", "when": "true", "action": "refuse", "rationale": "high", "obligations": ["cite"]},
        {"id": "test.off", "when": "risk.unsafe > 0.5", "action": "escalate", "obligations": ["log_full"]},
    )
    decision = _decide(policies)
    assert decision.action is Action.REFUSE
    assert decision.rule_ids == ("test.lax", "test.strict")
    assert decision.decided_by == ("test.strict",)
    assert decision.rationale_code == "high"
    assert [(str(o), o.rule_ids) for o in decision.obligations] == [
        ("cite", ("test.lax", "test.strict")),
        ("no_code", ("test.lax",)),
    ]
    assert decision.default is None
    assert decision.policy_version == policies.version


def test_nothing_matches_refuses_with_a_reason(tiny: Build) -> None:
    decision = _decide(tiny({"when": "risky"}))
    assert (decision.action, decision.default) == (Action.REFUSE, "no_match")
    assert decision.rationale_code == "unclassified_request"
    assert decision.decided_by == decision.rule_ids == ()


def test_among_equals_the_highest_rank_speaks_then_the_lowest_id(tiny: Build) -> None:
    by_rank = tiny({"when": "true"}, {"when": "true", "rationale": "high"})
    assert _decide(by_rank).rationale_code == "high"
    level = TEXTS.replace("rank: 9", "rank: 1")
    by_id = tiny({"id": "test.b", "when": "true"}, {"id": "test.a", "when": "true", "rationale": "high"}, texts=level)
    assert _decide(by_id).rationale_code == "high"


def _without_hate(policies: PolicySet) -> Facts:
    return _without_hate_in(facts_of({}, policies))


def _without_hate_in(facts: Facts) -> Facts:
    hazards = {hazard: score for hazard, score in facts.risk.hazards.items() if hazard is not Hazard.HATE}
    return facts.model_copy(update={"risk": facts.risk.model_copy(update={"hazards": hazards})})


def test_an_erring_rule_escalates_and_is_recorded_never_skipped(tiny: Build) -> None:
    policies = tiny(
        {"id": "test.fine", "when": "true", "action": "answer", "obligations": ["cite"]},
        {"id": "test.errs", "when": "risk.hazards.hate > 0.5", "action": "answer"},
    )
    decision = decide(_without_hate(policies), policies, now=NOW)
    assert (decision.action, decision.default) == (Action.ESCALATE, "rule_error")
    assert decision.rationale_code == "check_failed"
    assert [error.rule_id for error in decision.errors] == ["test.errs"]
    assert decision.rule_ids == ("test.fine",)
    assert decision.has("cite")


def test_a_rule_that_escalates_keeps_its_words_beside_an_error(tiny: Build) -> None:
    policies = tiny(
        {"id": "test.danger", "when": "true", "action": "escalate", "rationale": "high"},
        {"id": "test.errs", "when": "risk.hazards.hate > 0.5"},
    )
    decision = decide(_without_hate(policies), policies, now=NOW)
    assert (decision.rationale_code, decision.decided_by) == ("high", ("test.danger",))
    assert len(decision.errors) == 1


class _Shrug:
    """A program that gives no boolean."""

    def execute(self, context: object) -> object:
        return "perhaps"


def test_a_condition_that_is_neither_true_nor_false_counts_as_an_error(tiny: Build) -> None:
    policies = tiny({"when": "true", "action": "answer"})
    rule = policies.rules[0]
    # A sum without a result makes CEL look at each rule for itself, where the odd one shows.
    failing = parse("text.length / 0 > 1")
    odd = replace(
        rule, condition=replace(rule.condition, node=failing, paths=frozenset({"text.length"}), program=_Shrug())
    )
    policies = PolicySet(
        rules=(odd,),
        vocabulary=policies.vocabulary,
        rationales=policies.rationales,
        disclaimers=policies.disclaimers,
        version="v",
    )
    decision = _decide(policies)
    assert (decision.action, decision.default) == (Action.ESCALATE, "rule_error")
    assert "perhaps" in decision.errors[0].message
    case = Case("cases/x.yaml", 1, odd.id, True, {}, Action.ANSWER, None, None)
    assert failure_of(case, policies, now=NOW) == (
        f"rule `{odd.id}` erred: condition gave `perhaps`, expected true or false"
    )


def test_rules_outside_their_dates_do_not_match(tiny: Build) -> None:
    policies = tiny({"when": "true", "effective_from": "2026-01-01", "effective_until": "2027-01-01"})
    assert _decide(policies, now=datetime(2026, 5, 1, tzinfo=UTC)).action is Action.GUIDE
    assert _decide(policies, now=datetime(2025, 5, 1, tzinfo=UTC)).default == "no_match"
    assert _decide(policies, now=datetime(2027, 1, 1, tzinfo=UTC)).default == "no_match"


def test_an_exception_takes_a_case_out(tiny: Build) -> None:
    rule = {"when": "risk.unsafe > 0.5", "except": [{"when": "clinician", "because": "profession"}]}
    policies = tiny(rule)
    assert _decide(policies, {"risk.unsafe": 0.6}).action is Action.GUIDE
    assert _decide(policies, {"risk.unsafe": 0.6, "context.role": "clinician"}).default == "no_match"


def test_rules_close_to_firing_are_near_misses_strictest_first(tiny: Build) -> None:
    policies = tiny(
        {"id": "test.base", "when": "true", "action": "answer"},
        {"id": "test.near", "when": "risk.unsafe >= 0.6", "action": "guide"},
        {"id": "test.nearer", "when": "!(risk.unsafe < 0.58) && text.length == 0", "action": "refuse"},
        {"id": "test.far", "when": "risk.unsafe >= 0.7", "action": "refuse"},
        {"id": "test.other", "when": "risk.unsafe >= 0.6 && text.has_pii", "action": "refuse"},
        {"id": "test.over", "when": "risk.unsafe >= 0.6", "action": "refuse", "effective_until": "2026-01-01"},
    )
    decision = _decide(policies, {"risk.unsafe": 0.57})
    assert [near.rule_id for near in decision.near_misses] == ["test.nearer", "test.near"]
    (gap,) = decision.near_misses[1].gaps
    assert (gap.path, gap.score, gap.threshold) == ("risk.unsafe", 0.57, 0.6)
    assert decision.explanation == "answer by test.base; close to refuse (test.nearer), guide (test.near)"
    assert _decide(policies, {"risk.unsafe": 0.4}).near_misses == ()


def test_a_decision_names_the_overlays_and_the_appetite_it_rests_on(policies: PolicySet) -> None:
    decision = _decide(policies, {"context.locale": "en-GB"})
    assert decision.overlays == policies.applied(facts_of({"context.locale": "en-GB"}, policies).context).overlays
    assert decision.risk_appetite == "balanced"


def test_what_people_say_about_themselves_opens_nothing(policies: PolicySet) -> None:
    given = {"risk.facet": "dosing", "context.role": "clinician"}
    assert _decide(policies, given).action is Action.ANSWER_WITH_CARE
    assert _decide(policies, {**given, "context.role_provenance": "user"}).action is Action.GUIDE


def test_a_time_without_zone_is_rejected(policies: PolicySet) -> None:
    with pytest.raises(ValueError, match="`now` has no time zone"):
        decide(facts_of({}, policies), policies, now=datetime(2026, 1, 1))


# --- properties ----------------------------------------------------------------------------------------------

PROBABILITY = st.floats(0, 1)
POLICIES = load_policies()
SIGNALS = sorted(POLICIES.vocabulary.signals)


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    facet = draw(st.sampled_from(Facet))
    role = draw(st.sampled_from(sorted(POLICIES.roles)))
    locale = POLICIES.locales[draw(st.sampled_from(sorted(POLICIES.locales)))]
    return Facts(
        risk=RiskFacts(
            unsafe=draw(PROBABILITY),
            prompt_attack=draw(PROBABILITY),
            uncertainty=draw(PROBABILITY),
            domain=DOMAIN_OF_FACET[facet],
            facet=facet,
            facets={f: draw(PROBABILITY) for f in Facet},
            hazards={h: draw(PROBABILITY) for h in Hazard},
            signals=tuple(draw(st.lists(st.sampled_from(SIGNALS), max_size=3, unique=True))),
        ),
        context=ContextFacts(
            role=role,
            audience=POLICIES.roles[role].audience,
            locale=locale.tag,
            language=locale.language,
            jurisdiction=locale.jurisdiction,
            tenant=draw(st.text(max_size=5)),
        ),
        text=TextFacts(obfuscated=draw(st.booleans()), has_pii=draw(st.booleans()), length=draw(st.integers(0, 10**6))),
        thread=ThreadFacts(
            turns=draw(st.integers(0, 50)), prior_refusals=draw(st.integers(0, 9)), escalating=draw(st.booleans())
        ),
    )


@settings(max_examples=150, deadline=None)
@given(any_facts())
def test_the_packaged_rules_decide_everything(facts: Facts) -> None:
    decision = decide(facts, POLICIES, now=NOW)
    assert decision.default is None
    assert decision.errors == ()
    assert decision == decide(facts, POLICIES, now=NOW)
    assert decision.rationale_code in POLICIES.rationales
    strictest = max(rule.action.strictness for rule in POLICIES.rules if rule.id in decision.rule_ids)
    assert decision.action.strictness == strictest


@settings(max_examples=300, deadline=None)
@given(any_facts(), st.booleans())
def test_cel_finds_the_same_rules(facts: Facts, without_hate: bool) -> None:
    if without_hate:
        facts = _without_hate_in(facts)
    plan = POLICIES.plan(facts.risk.facet, POLICIES.applied(facts.context))
    values = values_of(facts, plan, NOW)
    assert matching(values, plan, NOW) == by_cel(values, plan, NOW)


@settings(max_examples=150, deadline=None)
@given(any_facts())
def test_the_index_by_facet_finds_every_match(facts: Facts) -> None:
    matched = [
        rule.id
        for rule in POLICIES.rules
        if rule.condition.program.execute(variables(rule.condition.paths, facts, NOW)) is True
        and rule.overlay in (None, *POLICIES.applied(facts.context).overlays)
    ]
    assert decide(facts, POLICIES, now=NOW).rule_ids == tuple(matched)


@settings(max_examples=150, deadline=None)
@given(any_facts())
def test_no_role_unlocks_weapons_of_mass_harm_or_the_sexual_use_of_children(facts: Facts) -> None:
    hazards = {**facts.risk.hazards}
    for hazard in (Hazard.INDISCRIMINATE_WEAPONS, Hazard.CHILD_SEXUAL_EXPLOITATION):
        risk = facts.risk.model_copy(update={"hazards": {**hazards, hazard: 0.9}, "unsafe": 0.9})
        decision = decide(facts.model_copy(update={"risk": risk}), POLICIES, now=NOW)
        assert decision.action in (Action.REFUSE, Action.ESCALATE)


CONDITIONS = [
    "true",
    "risky",
    "risk.unsafe > 0.3",
    "risk.hazards.hate > 0.5",
    'risk.facet in ["dosing", "malware"]',
    'context.role == "clinician"',
    "text.has_pii && thread.turns > 1",
]
RULE = st.fixed_dictionaries(
    {
        "when": st.sampled_from(CONDITIONS),
        "action": st.sampled_from([str(action) for action in Action]),
        "rationale": st.sampled_from(["low", "high"]),
        "obligations": st.lists(st.sampled_from(["cite", "no_code", "add_disclaimer:note"]), max_size=2),
    }
)
RULES = st.lists(RULE, min_size=1, max_size=5)


def _named(rules: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{**rule, "id": f"test.rule{i}"} for i, rule in enumerate(rules)]


def _tiny(rules: list[dict[str, object]]) -> PolicySet:
    return parse_policies(tiny_sources(*rules))


@st.composite
def tiny_facts(draw: st.DrawFn) -> Facts:
    facts = draw(any_facts())
    role = draw(st.sampled_from(["public", "clinician"]))
    return facts.model_copy(update={"context": ContextFacts(role=role)})


@settings(max_examples=40, deadline=None)
@given(RULES, tiny_facts(), st.randoms(use_true_random=False))
def test_order_never_matters(rules: list[dict[str, object]], facts: Facts, shuffle: random.Random) -> None:
    named = _named(rules)
    mixed = named.copy()
    shuffle.shuffle(mixed)
    first, second = (decide(facts, _tiny(r), now=NOW) for r in (named, mixed))
    assert first.model_copy(update={"policy_version": "v"}) == second.model_copy(update={"policy_version": "v"})


@settings(max_examples=60, deadline=None)
@given(RULES, RULE, tiny_facts())
def test_adding_a_rule_never_makes_a_decision_laxer(
    rules: list[dict[str, object]], extra: dict[str, object], facts: Facts
) -> None:
    before = decide(facts, _tiny(_named(rules)), now=NOW)
    after = decide(facts, _tiny(_named([*rules, extra])), now=NOW)
    if before.default is None:  # a first matching rule may well be laxer than the refusal for want of any rule
        assert after.action.strictness >= before.action.strictness
        assert {str(o) for o in after.obligations} >= {str(o) for o in before.obligations}
