from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from policies.policy_set import PolicySet
from policies.table import BEGIN, END, render_table, rewrite
from policies.taxonomy import Facet

README = Path("policies/README.md")


def test_every_facet_has_a_row(policies: PolicySet, now: datetime) -> None:
    rows = render_table(policies, now=now).splitlines()[2 : 2 + len(Facet)]
    assert [row.split(" | ")[1] for row in rows] == [str(facet) for facet in Facet]


def test_what_a_place_adds_has_a_row(policies: PolicySet, now: datetime) -> None:
    text = render_table(policies, now=now)
    (row,) = [line for line in text.splitlines() if line.startswith("| exploitation | security_professional |")]
    assert "add_disclaimer:security_us" in row
    assert "no_code, no_steps" in row


def test_the_readme_shows_the_table_of_the_packaged_rules(policies: PolicySet, now: datetime) -> None:
    text = README.read_text(encoding="utf-8")
    fix = "run: python -c 'from policies.table import rewrite_readme; rewrite_readme()'"
    assert rewrite(text, policies, now=now) == text, fix


def test_only_the_table_is_replaced(policies: PolicySet, now: datetime) -> None:
    text = rewrite(f"before\n{BEGIN}\nold\n{END}\nafter\n", policies, now=now)
    assert text.startswith(f"before\n{BEGIN}\n| domain |")
    assert text.endswith(f"\n{END}\nafter\n")


def test_a_text_without_marks_is_rejected(policies: PolicySet, now: datetime) -> None:
    with pytest.raises(ValueError, match="no place for the table"):
        rewrite("nothing", policies, now=now)
