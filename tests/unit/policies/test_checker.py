from __future__ import annotations

import pytest

from policies.cases import schema_of
from policies.checker import check_condition
from policies.errors import ExpressionError
from policies.expressions import parse
from policies.policy_set import PolicySet

GOOD = [
    "text.has_pii",
    "risk.unsafe > 0.5 && risk.unsafe <= 1",
    "risk.unsafe > risk.prompt_attack",
    "risk.unsafe + risk.uncertainty > 0.9",
    "risk.unsafe * 2.0 / 3.0 > 0.5",
    "-risk.unsafe < 0.0",
    "thread.turns + 1 > 3",
    'context.role != "public"',
    '"dose.child" in risk.signals',
    'risk.facet in ["dosing", "malware"]',
    "size(risk.signals) > 0",
    "size(context.tenant) > 3",
    'context.tenant.startsWith("acme")',
    'context.tenant.matches("^a.*$")',
    'risk.signals.exists(s, s == "dose.child")',
    'text.views.all(how, how.contains("leet"))',
    "text.has_pii ? risk.unsafe > 0.1 : risk.unsafe > 0.5",
    'text.has_pii == true && text.language == "fr"',
]

BAD = [
    ("risk.unsafe", "condition is a number, expected true or false"),
    ("risk.unsafe && text.has_pii", "the left side of `&&` is a number"),
    ("text.has_pii || risk.facet", "the right side of `||` is a text"),
    ("!risk.unsafe", "the operand of `!` is a number"),
    ('-context.role == "x"', "`-` needs a number, got a text"),
    ("risk.unsafe == true", "`==` compares a number with a boolean"),
    ('risk.facet > "dosing"', "`>` needs numbers, got a text"),
    ("risk.signals == text.views", "`==` cannot compare lists"),
    ("risk.unsafe in risk.signals", "`in` needs a text and a list"),
    ('context.role in "public"', "`in` needs a text and a list"),
    ('context.role in [1, "a"]', "a list holds texts only"),
    ('"nobody" == context.role', "unknown role `nobody`"),
    ('risk.signals.exists(s, s == "dose.chld")', "unknown signal `dose.chld`; did you mean `dose.child`?"),
    ("risk.unsafe > 1.5", "a score is compared with `1.5`"),
    ("risk.unsafe + context.role > 1", "`+` needs two numbers"),
    ("thread.turns + 0.5 > 1.0", "`+` mixes a whole number and a decimal number"),
    ("risk.unsafe / risk.unsafe > 0.1", "`/` may only divide by a fixed number"),
    ("1 / 0 == 1", "`/` may only divide by a fixed number"),
    ("text.has_pii ? 1 : 2.5", "`? :` gives a whole number or a number"),
    ("risk.unsafe ? true : false", "the test of `? :` is a number"),
    ("foo(1)", "unknown function `foo`"),
    ("risk.signals.map(s, s) == 1", "unknown function `map`"),
    ("size(risk.unsafe) > 1", "wrong use of `size`"),
    ("size() > 1", "wrong use of `size`"),
    ("risk.signals.size() > 0", "wrong use of `size`"),
    ('startsWith("a")', "wrong use of `startsWith`"),
    ("context.tenant.startsWith(1)", "wrong use of `startsWith`"),
    ("context.tenant.matches(context.channel)", "wrong use of `matches`"),
    ("risk.signals.exists(s)", "wrong use of `exists`"),
    ("context.role.all(c, true)", "wrong use of `all`"),
    ("risk.signals.exists(a.b, true)", "wrong use of `exists`"),
    ("risk.signals.exists(s, s)", "the condition of a list function is a text"),
]


@pytest.mark.parametrize("source", GOOD)
def test_well_typed_conditions_pass(source: str, policies: PolicySet) -> None:
    check_condition(parse(source), schema_of(policies))


@pytest.mark.parametrize(("source", "message"), BAD)
def test_wrong_types_are_named(source: str, message: str, policies: PolicySet) -> None:
    with pytest.raises(ExpressionError) as caught:
        check_condition(parse(source), schema_of(policies))
    assert message in str(caught.value)
