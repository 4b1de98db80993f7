from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from policies.lint import MAX_WORDS, Finding, Severity, lint, words_in
from policies.loader import packaged_root

Edit = Callable[[str, str, str], None]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the packaged tree."""
    root = tmp_path / "policies"
    shutil.copytree(packaged_root(), root, ignore=shutil.ignore_patterns("*.py", "__pycache__", "bad"))
    return root


@pytest.fixture
def edit(tree: Path) -> Edit:
    def replace(name: str, old: str, new: str) -> None:
        path = tree / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


def _messages(root: Path, now: datetime) -> list[str]:
    return [str(finding) for finding in lint(root, now=now)]


def test_the_packaged_policies_have_no_findings(now: datetime) -> None:
    assert lint(now=now) == []


def test_lint_uses_the_clock_when_no_time_is_given() -> None:
    assert lint() == []


def test_what_keeps_policies_from_loading_is_a_finding(tree: Path, edit: Edit, now: datetime) -> None:
    edit("rules/medical.yaml", "rationale: medical_emergency", "rationale: medical_emergenzy")
    findings = lint(tree, now=now)
    assert findings == [
        Finding(
            Severity.ERROR,
            "rules/medical.yaml",
            10,
            "unknown rationale `medical_emergenzy`; did you mean `medical_emergency`?",
        )
    ]
    assert str(findings[0]).startswith("rules/medical.yaml:10: error: unknown rationale")


NEW_RULE = """
  - id: general.new
    description: a rule of a test
    when: {when}
    action: answer
    rationale: served
{more}"""


def _add_rule(tree: Path, when: str, more: str = "") -> None:
    path = tree / "rules" / "general.yaml"
    path.write_text(path.read_text(encoding="utf-8") + NEW_RULE.format(when=when, more=more), encoding="utf-8")


def test_a_rule_without_cases_is_found(tree: Path, now: datetime) -> None:
    _add_rule(tree, "risk.unsafe < threshold.unsafe_trace && text.length > 5")
    messages = _messages(tree, now)
    assert any("rule `general.new` has no case that fires" in message for message in messages)
    assert any("rule `general.new` has no near miss" in message for message in messages)


def test_a_rule_that_can_match_nothing_is_found(tree: Path, now: datetime) -> None:
    _add_rule(tree, '\'risk.facet == "dosing" && risk.facet == "malware"\'')
    assert any("rule `general.new` can match no facet" in message for message in _messages(tree, now))


def test_a_rule_whose_time_is_over_is_found(tree: Path, now: datetime) -> None:
    _add_rule(tree, "text.has_pii", "    effective_until: 2025-01-01\n")
    assert any(
        "rule `general.new` ended on 2025-01-01, in the past; drop it" in message for message in _messages(tree, now)
    )


def test_twins_are_found(tree: Path, now: datetime) -> None:
    _add_rule(tree, "risk.facet == 'everyday' && risk.unsafe < threshold.unsafe_low")
    assert any(
        "`general.new` has the condition and action of `general.everyday.answer`" in m for m in _messages(tree, now)
    )


def test_missing_and_overlong_texts_are_found(tree: Path, edit: Edit, now: datetime) -> None:
    edit("rationales/general.yaml", "Somebody could be seriously hurt.", "word " * 61)
    edit("rationales/defaults.yaml", "    ar: هذه معلومات عامة وليست نصيحة مالية خاصة بوضعك.\n", "")
    path = tree / "rationales" / "security.yaml"
    text = path.read_text(encoding="utf-8")
    start = text.index("    ar:")
    path.write_text(text[:start] + text[text.index("  system_attack:") :], encoding="utf-8")
    edit("rationales/general.yaml", "y en {jurisdiction} esos textos", "y esos textos")
    messages = _messages(tree, now)
    assert any("`adults_only` has other placeholders in `es` than in `en`" in message for message in messages)
    assert any("rationale `violence` takes" in m and "words in `en` for what, why and how" in m for m in messages)
    (at,) = [m for m in messages if "disclaimer `financial_information` has no `ar`; add the translation" in m]
    assert re.match(r"rationales/defaults\.yaml:[1-9]\d+: error: ", at)
    assert any("rationale `malware` has no `ar`; add the translation" in message for message in messages)


def test_unused_names_are_found(tree: Path, edit: Edit, now: datetime) -> None:
    edit("rules/general.yaml", "rationale: elections", "rationale: crime")
    edit("vocabulary.yaml", "thresholds:\n", "thresholds:\n  spare: 0.1\n")
    edit("vocabulary.yaml", "predicates:\n", "predicates:\n  spare_one: text.has_pii\n")
    edit("vocabulary.yaml", "signals:\n", "signals:\n  spare.two: an example\n")
    messages = _messages(tree, now)
    assert any("warning: rationale `elections` is used by no rule" in message for message in messages)
    assert any(re.match(r"vocabulary\.yaml:[1-9]\d+: warning: threshold `spare` is", message) for message in messages)
    assert any("warning: threshold `spare` is used by no condition" in message for message in messages)
    assert any("warning: predicate `spare_one` is used by no condition" in message for message in messages)
    assert any("warning: signal `spare.two` is used by no condition" in message for message in messages)


def test_a_hole_and_the_cases_it_breaks_are_found(tree: Path, edit: Edit, now: datetime) -> None:
    edit(
        "rules/security.yaml", 'risk.facet == "defensive" && doubtful', 'risk.facet == "defensive" && doubtful && minor'
    )
    messages = _messages(tree, now)
    assert any("no rule matches facet `defensive` for role `public` at unsafe 0.4" in message for message in messages)
    assert any("cases/security.yaml" in m and "`security.defensive.doubtful` matches" in m for m in messages)


def test_a_role_that_people_claim_for_themselves_opens_nothing(tree: Path, edit: Edit, now: datetime) -> None:
    edit("vocabulary.yaml", 'context.role == "clinician" && vouched', 'context.role == "clinician"')
    path = tree / "vocabulary.yaml"
    text = path.read_text(encoding="utf-8")
    start = text.index("  clinician: {")
    path.write_text(
        text[:start] + text[start:].replace("[frontend, verified]", "[user, frontend]", 1), encoding="utf-8"
    )
    (message,) = [message for message in _messages(tree, now) if "role `clinician`" in message]
    assert re.match(
        r"vocabulary\.yaml:\d+: error: role `clinician`, which people may claim for themselves, turns", message
    )
    assert "or take `user` out of its `asserted_by`" in message


def test_a_loosened_core_is_a_finding(tree: Path, edit: Edit, now: datetime) -> None:
    edit("rules/core.yaml", "obligations: [no_steps]", "obligations: []")
    assert any("error: a case of `core.weapons.topic` does not get `no_steps`" in m for m in _messages(tree, now))


def test_faults_in_cases_are_findings(tree: Path, edit: Edit, now: datetime) -> None:
    edit("cases/general.yaml", "rule: general.everyday.answer", "rule: general.everyday.anser")
    assert any("case names unknown rule `general.everyday.anser`" in message for message in _messages(tree, now))


def test_words_are_counted_in_every_script() -> None:
    assert words_in("two words") == 2
    assert words_in("安全用药") == 2
    assert words_in("كلمتان هنا") == 2
    assert words_in("a - b") == 2
    assert MAX_WORDS == 60
