from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.expressions import parse
from policies.near import MARGIN, gaps, widened
from policies.translate import judge_of

CONDITIONS = [
    "risk.unsafe >= 0.5",
    "0.5 <= risk.unsafe",
    "!(risk.unsafe < 0.5)",
    "risk.unsafe > 0.2 && risk.unsafe < 0.4",
    "text.has_pii ? risk.unsafe > 0.8 : risk.unsafe < 0.1",
    "risk.hazards.hate > 0.5 || !(risk.unsafe >= 0.3)",
    'risk.signals.exists(s, s == "x" && risk.unsafe > 0.6)',
]
NAMES = ["risk__unsafe", "risk__hazards__hate", "text__has_pii", "risk__signals"]


@pytest.mark.parametrize("condition", CONDITIONS)
@given(unsafe=st.floats(0, 1), hate=st.floats(0, 1), pii=st.booleans())
def test_widening_only_adds(condition: str, unsafe: float, hate: float, pii: bool) -> None:
    node = parse(condition)
    holds, near = judge_of([node, widened(node)], NAMES)(
        {"risk__unsafe": unsafe, "risk__hazards__hate": hate, "text__has_pii": pii, "risk__signals": ["x"]}
    )
    assert near or not holds


@pytest.mark.parametrize(
    ("condition", "unsafe", "near"),
    [
        ("risk.unsafe >= 0.5", 0.46, True),
        ("risk.unsafe >= 0.5", 0.44, False),
        ("0.5 <= risk.unsafe", 0.46, True),
        ("risk.unsafe < 0.5", 0.54, True),
        ("!(risk.unsafe < 0.5)", 0.46, True),
        ("!(risk.unsafe >= 0.5)", 0.54, True),
    ],
)
def test_a_margin_decides(condition: str, unsafe: float, near: bool) -> None:
    node = parse(condition)
    values = {"risk__unsafe": unsafe}
    assert judge_of([node, widened(node)], ["risk__unsafe"])(values) == (False, near)
    found = list(gaps(node, values))
    assert [(gap.path, gap.threshold) for gap in found] == ([("risk.unsafe", 0.5)] if near else [])


def test_counts_and_texts_are_not_widened() -> None:
    for condition in ('text.length > 3 && risk.facet == "dosing"', "thread.turns >= 2", "text.has_pii"):
        assert widened(parse(condition)) == parse(condition)
    assert MARGIN < 0.1


def test_a_gap_reads_as_score_against_threshold() -> None:
    (gap,) = gaps(parse("risk.unsafe >= 0.5"), {"risk__unsafe": 0.46})
    assert str(gap) == "risk.unsafe 0.46 against 0.5"
