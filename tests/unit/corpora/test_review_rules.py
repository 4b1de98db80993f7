"""The review rules as a file: what must be refused, with the field at fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpora.errors import ReviewRulesError
from corpora.review_rules import load_review_rules

GOOD = "reviewer_roles: [reviewer]\ndefault: {approvals: 1}\ndomains:\n  medical: {approvals: 2}\n"


def test_the_bundled_rules_ask_medicine_for_two() -> None:
    rules = load_review_rules()
    assert (rules.of("medical").approvals, rules.of("medical").of_role) == (2, {"clinical_reviewer": 1})


def test_a_file_of_the_deployments_own(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(GOOD)
    assert load_review_rules(tmp_path / "rules.yaml").of("medical").approvals == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "not YAML"),
        (GOOD.replace("approvals: 2", "approvals: 0"), r"field `domains.medical.approvals`"),
        (GOOD.replace("medical", "medicine"), "domain `medicine` is unknown; expected one of medical"),
        (GOOD.replace("approvals: 2", "approvals: 2, of_role: {nurse: 1}"), "role `nurse` is asked for"),
        (GOOD + "extra: 1\n", "field `extra`"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "rules.yaml").write_text(text)
    with pytest.raises(ReviewRulesError, match=message):
        load_review_rules(tmp_path / "rules.yaml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReviewRulesError, match=r"none\.yaml: cannot be read"):
        load_review_rules(tmp_path / "none.yaml")
