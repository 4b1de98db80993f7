"""One parser for each family of guard models: its documented answers, and nothing else."""

from __future__ import annotations

import pytest

from agent.adapters.guard_formats import (
    LLAMA_GUARD,
    POLICY_FILE,
    format_of,
    gpt_oss_safeguard,
    granite_guardian,
    llama_guard,
    shieldgemma,
)
from agent.ports import GuardVerdict
from policies.taxonomy import Hazard

SAFE, UNSAFE = GuardVerdict(False), GuardVerdict(True)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("safe", SAFE),
        ("\n\nsafe\n", SAFE),
        ("\n\nunsafe\nS9", GuardVerdict(True, (Hazard.INDISCRIMINATE_WEAPONS,))),
        ("unsafe\nS1,S10", GuardVerdict(True, (Hazard.VIOLENT_CRIMES, Hazard.HATE))),
        ("unsafe\nS1, S6", GuardVerdict(True, (Hazard.VIOLENT_CRIMES,))),
        ("unsafe", UNSAFE),
        ("unsafe\nS99", None),
        ("unsafe\nS1\nsafe", None),
        ("safe unsafe", None),
        ("not safe", None),
        ("Safe", None),
        ("I cannot help with that.", None),
        ("", None),
    ],
)
def test_llama_guard(answer, expected):
    assert llama_guard(answer) == expected


def test_every_category_of_llama_guard_is_known():
    assert list(LLAMA_GUARD) == [f"S{n}" for n in range(1, 15)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Yes", UNSAFE),
        ("No", SAFE),
        (" no, because", SAFE),
        ("Yes, it asks for", UNSAFE),
        ("Nothing", None),
        ("The answer is Yes", None),
        ("", None),
    ],
)
def test_shieldgemma(answer, expected):
    assert shieldgemma(answer) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Yes", UNSAFE),
        ("No", SAFE),
        ("No\n<confidence> High </confidence>", SAFE),
        ("Yes\n<confidence> Low </confidence>", UNSAFE),
        ("<score> yes </score>", UNSAFE),
        ("<think>\nIt says no such thing.\n</think>\n<score> no </score>", SAFE),
        ('{"score": "yes"}', UNSAFE),
        ('```json\n{"score": "no"}\n```', SAFE),
        ("<score> yes </score><score> no </score>", None),
        ("<think><score> no </score></think>", None),
        ('{"score": 1}', None),
        ("No doubt this is harmful", None),
        ("", None),
    ],
)
def test_granite_guardian(answer, expected):
    assert granite_guardian(answer) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('{"violation": 0, "hazards": []}', SAFE),
        ('{"violation": 1, "hazards": ["hate", "unheard_of"]}', GuardVerdict(True, (Hazard.HATE,))),
        ('```json\n{"violation": 1}\n```', UNSAFE),
        ('{"violation": true, "hazards": [], "rationale": "x"}', UNSAFE),
        ('{"violation": 0, "hazards": ["hate"]}', SAFE),
        ("0", SAFE),
        ("1", UNSAFE),
        ("2", None),
        ('{"violation": 2}', None),
        ('{"violation": 0.0}', None),
        ('{"violation": "0"}', None),
        ('{"violation": [0]}', None),
        ('{"violation": 1, "hazards": "hate"}', None),
        ('{"violation": 1, "hazards": [[1]]}', None),
        ('{"verdict": "safe"}', None),
        ('{"violation": 0} or {"violation": 1}', None),
        ("[" * 100_000, None),
        ("", None),
    ],
)
def test_gpt_oss_safeguard(answer, expected):
    assert gpt_oss_safeguard(answer) == expected


@pytest.mark.parametrize("name", ["llama_guard", "shieldgemma", "granite_guardian", "gpt_oss_safeguard"])
def test_every_format_asks_about_the_text_once_and_without_chance(name):
    body = format_of(name).body("the text")
    assert [m["content"] for m in body["messages"] if m["role"] == "user"] == ["the text"]
    assert (body["temperature"], body["max_tokens"] > 0) == (0, True)


def test_our_policy_text_names_every_hazard_and_is_sent_as_the_system_message():
    policy = POLICY_FILE.read_text(encoding="utf-8")
    assert [hazard for hazard in Hazard if f"- {hazard.value}:" not in policy] == []
    assert format_of("gpt_oss_safeguard").body("x")["messages"][0] == {"role": "system", "content": policy}
