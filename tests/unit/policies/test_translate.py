from __future__ import annotations

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.cases import facts_of, schema_of
from policies.compiler import render
from policies.expressions import parse
from policies.policy_set import PolicySet
from policies.schema import TIMES, getter_of, variable_of
from policies.translate import is_translatable, judge_of, reader_of

CONDITIONS = [
    "risk.unsafe >= 0.5 && !text.has_pii || text.length > 3",
    'risk.facet in ["dosing", "malware"]',
    "-text.length / 2 < -1",
    "risk.unsafe / 2.0 + 0.1 < 0.3",
    "text.has_pii ? risk.unsafe > 0.5 : text.length == 2",
    'risk.signals.exists(s, s.startsWith("dose.") && s != risk.facet)',
    'risk.signals.all(s, s.endsWith("child") || s.contains("pet"))',
    "size(risk.signals) + text.length * 2 - 1 >= 3",
    'risk.facet == "it\'s \\"quoted\\"\\n"',
]


@pytest.mark.parametrize("condition", CONDITIONS)
@given(
    unsafe=st.floats(0, 1),
    length=st.integers(0, 9),
    pii=st.booleans(),
    facet=st.sampled_from(["dosing", "other", 'it\'s "quoted"\n']),
    signals=st.lists(st.sampled_from(["dose.child", "dose.pet", "other"]), max_size=3),
)
def test_python_and_cel_agree(
    condition: str, unsafe: float, length: int, pii: bool, facet: str, signals: list[str]
) -> None:
    values = {
        "risk.unsafe": unsafe,
        "text.length": length,
        "text.has_pii": pii,
        "risk.facet": facet,
        "risk.signals": signals,
    }
    flat = {variable_of(path): value for path, value in values.items()}
    node = parse(condition)
    (verdict,) = judge_of([node], flat)(flat)
    assert verdict is cel.compile(render(node)).execute(cel.Context(variables=flat))


def test_patterns_are_not_translated() -> None:
    assert is_translatable(parse("text.has_pii && text.length > 2"))
    assert not is_translatable(parse('text.has_pii || text.language.matches("a+")'))
    with pytest.raises(ValueError, match="`matches` cannot be translated"):
        judge_of([parse('text.language.matches("a+")')], ["text__language"])


def test_a_missing_variable_is_a_key_error() -> None:
    judge = judge_of([parse("risk.unsafe > 0.5")], ["risk__unsafe"])
    with pytest.raises(KeyError):
        judge({})


def test_no_text_is_ever_code() -> None:
    node = parse("context.tenant == \"__import__('os').abort()\"")
    assert judge_of([node], ["context__tenant"])({"context__tenant": "x"}) == (False,)


def test_all_facts_are_read_at_once_as_one_by_one(policies: PolicySet) -> None:
    facts = facts_of({"risk.hazards.hate": 0.4, "risk.facet": "dosing", "text.length": 7}, policies)
    paths = [path for path in schema_of(policies).types if path not in TIMES]
    assert reader_of(paths)(facts) == {variable_of(path): getter_of(path)(facts) for path in paths}
