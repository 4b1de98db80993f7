from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.errors import PolicyLoadError
from policies.loader import parse_policies
from policies.policy_set import PolicySet
from policies.reader import Source
from tests.unit.policies.trees import TEXTS, tiny_sources

Build = Callable[..., PolicySet]


def test_the_shared_appeal_fills_in_where_it_is_translated(tiny: Build) -> None:
    assert tiny().rationale("high", "es").text.appeal == "pide una revisión"
    with pytest.raises(PolicyLoadError, match="rationale `high` in `es` has no `appeal`; add it"):
        tiny(texts=TEXTS.replace(", es: pide una revisión", ""))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("check_failed:", "check_faild:", "rationale `check_failed` is missing; the fail-closed defaults need it"),
        ("rank: 9", "rank: nine", "`rank` is `nine`, expected a number from 0 to 100"),
        (
            "reason: high",
            "reasons: high",
            "unknown field `reasons` of rationale `high` in `en`; did you mean `reason`?",
        ),
        ("    es: {title: Alto", "    fr: {title: Haut", "unknown field `fr` of rationale `high`"),
        ("note: {en: a note", "note: {fr: une note", "disclaimer `note` has no `en`; add it"),
        (
            "reason: high",
            f"reason: {'x' * 601}",
            "`reason` of rationale `high` in `en` has 601 characters, at most 600",
        ),
        (
            "reason: high",
            'reason: "in {place}"',
            "`reason` of rationale `high` in `en` has the unknown placeholder `{place}`",
        ),
        (
            "{en: a note",
            '{en: "a note in {jurisdiction}"',
            "disclaimer `note` in `en` has braces, which nothing fills there; write the words out",
        ),
        ("rationales:", "rationale: 1\nrationales:", "unknown field `rationale` of a rationale file"),
    ],
)
def test_faults_are_named(old: str, new: str, message: str, tiny: Build) -> None:
    assert old in TEXTS
    with pytest.raises(PolicyLoadError) as caught:
        tiny(texts=TEXTS.replace(old, new, 1))
    assert message in str(caught.value)


def test_a_missing_translation_still_loads(tiny: Build) -> None:
    assert set(tiny().rationales["low"].texts) == {"en"}


def test_a_disclaimer_may_stand_in_one_file_only() -> None:
    sources = [*tiny_sources(), Source("rationales/zz.yaml", "disclaimers: {note: {en: another}}\n")]
    with pytest.raises(PolicyLoadError, match="disclaimer `note` is defined twice; rename one"):
        parse_policies(sources)
