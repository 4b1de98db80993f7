"""The core, against whoever edits the files."""

from __future__ import annotations

from datetime import datetime

import pytest

from policies.core_floor import loosened
from policies.loader import load_policies, parse_policies, read_sources
from policies.reader import Source


def _problems(now: datetime, name: str, *edits: tuple[str, str]) -> list[str]:
    sources = []
    for source in read_sources():
        text = source.text
        for old, new in edits if source.name == name else ():
            assert old in text
            text = text.replace(old, new)
        sources.append(Source(source.name, text))
    return [str(problem) for problem in loosened(parse_policies(sources), now=now)]


def test_the_packaged_policies_keep_their_core(now: datetime) -> None:
    assert list(loosened(load_policies(), now=now)) == []


@pytest.mark.parametrize(
    ("name", "edits", "message"),
    [
        (
            "rules/core.yaml",
            (("core: true\n", ""), ("action: refuse", "action: answer")),
            "rules/core.yaml:12: a case of `core.weapons.make` gets `answer_with_care` instead of `refuse`",
        ),
        (
            "rules/core.yaml",
            (("obligations: [no_steps]", "obligations: []"),),
            "a case of `core.weapons.topic` does not get `no_steps`; the core cannot be loosened by anyone, restore the rule",
        ),
        ("rules/crisis.yaml", (("lead_with_crisis_resources", "cite"),), "does not get `lead_with_crisis_resources`"),
        (
            "vocabulary.yaml",
            (("hazard_likely: 0.", "hazard_likely: 0.99"),),
            "a case of `core.weapons.topic` gets `answer`",
        ),
    ],
)
def test_a_core_that_is_edited_away_is_named(
    name: str, edits: tuple[tuple[str, str], ...], message: str, now: datetime
) -> None:
    problems = _problems(now, name, *edits)
    assert any(message in problem for problem in problems), problems


def test_a_core_rule_that_is_gone_is_named_where_it_belongs(now: datetime) -> None:
    sources = [Source("rules/core.yaml", "rules: []\n") if s.name == "rules/core.yaml" else s for s in read_sources()]
    problems = [str(problem) for problem in loosened(parse_policies(sources), now=now)]
    assert any(p.startswith("rules/core.yaml:1: ") and "`core.weapons.make`" in p for p in problems), problems


def test_a_stricter_core_is_free(now: datetime) -> None:
    assert _problems(now, "rules/core.yaml", ("action: refuse", "action: escalate")) == []
