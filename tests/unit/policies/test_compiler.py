from __future__ import annotations

import pytest

from policies import compiler
from policies.cases import facts_of, schema_of
from policies.compiler import Names, compile_condition, expand, facets_of, variables
from policies.errors import ExpressionError
from policies.expressions import parse
from policies.policy_set import PolicySet
from policies.taxonomy import BENIGN_FACETS, Facet

CONDITIONS = [
    'risk.facet == "dosing" && risk.unsafe > threshold.half',
    'risk.facet in ["dosing", "malware"] || text.has_pii',
    "half_unsafe ? text.has_pii : !text.obfuscated",
    'risk.signals.exists(s, s.startsWith("dose.")) && size(risk.signals) > 1',
    'context.tenant == "a\\"\\\\b" || -risk.unsafe < 0.0',
    '!(risk.facet != "dosing") && context.tenant.matches("^d")',
    "1 + 2 * 3 == 7 && 10 - 3 - 2 == 5",
]


@pytest.fixture(scope="module")
def names(policies: PolicySet) -> Names:
    return Names(schema_of(policies), {"half": 0.5}, {"half_unsafe": parse("risk.unsafe > 0.5")})


@pytest.mark.parametrize("source", CONDITIONS)
def test_conditions_run_on_the_engine(source: str, names: Names, policies: PolicySet) -> None:
    condition = compile_condition(expand(source, names))
    facts = facts_of(
        {"risk.facet": "dosing", "risk.signals": ("dose.child", "dose.question"), "risk.unsafe": 0.7}, policies
    )
    assert isinstance(condition.program.execute(variables(condition.paths, facts)), bool)


def test_thresholds_and_predicates_are_put_in(names: Names) -> None:
    condition = compile_condition(expand("half_unsafe && risk.uncertainty < threshold.half", names))
    assert condition.program.source == "(risk__unsafe > 0.5) && (risk__uncertainty < 0.5)"
    assert condition.paths == {"risk.unsafe", "risk.uncertainty"}


@pytest.mark.parametrize(
    ("source", "facets"),
    [
        ('risk.facet == "dosing"', {Facet.DOSING}),
        ('risk.facet != "dosing"', set(Facet) - {Facet.DOSING}),
        ('risk.facet in ["dosing", "malware"] && text.has_pii', {Facet.DOSING, Facet.MALWARE}),
        ('risk.facet == "dosing" && risk.facet == "malware"', set()),
        ('risk.facet == "dosing" || risk.facet == "malware"', {Facet.DOSING, Facet.MALWARE}),
        ('risk.facet == "dosing" || text.has_pii', set(Facet)),
        (
            '!(risk.facet in ["everyday", "defensive", "licence_question", "health_information"])',
            set(Facet) - BENIGN_FACETS,
        ),
        ("!text.has_pii", set(Facet)),
        ("false", set()),
        ('"dosing" == risk.facet', set(Facet)),
    ],
)
def test_facets_outside_the_result_can_never_match(source: str, facets: set[Facet], names: Names) -> None:
    assert facets_of(expand(source, names)) == facets


@pytest.mark.parametrize("source", CONDITIONS)
def test_the_facet_guard_agrees_with_the_engine(source: str, names: Names, policies: PolicySet) -> None:
    condition = compile_condition(expand(source, names))
    for facet in set(Facet) - condition.facets:
        for unsafe in (0.0, 0.6, 1.0):
            facts = facts_of({"risk.facet": facet, "risk.unsafe": unsafe, "text.has_pii": True}, policies)
            assert condition.program.execute(variables(condition.paths, facts)) is False


def test_long_flat_chains_compile(names: Names) -> None:
    compile_condition(expand(" && ".join(["text.has_pii"] * 120), names))


def test_predicates_cannot_blow_a_condition_up(names: Names) -> None:
    big = Names(names.schema, {}, {"p": parse(" || ".join(["text.has_pii"] * 120))})
    with pytest.raises(ExpressionError, match="too large once its predicates are put in"):
        expand(" && ".join(["p"] * 20), big)


def test_a_fault_that_only_the_engine_sees_is_an_expression_error(names: Names) -> None:
    with pytest.raises(ExpressionError, match="condition does not evaluate"):
        compile_condition(expand('context.tenant.matches("(")', names))


def test_the_trial_facts_meet_both_ends_of_the_scale() -> None:
    assert [facts.risk.unsafe for facts in compiler.trial_facts()] == [0.0, 1.0]
