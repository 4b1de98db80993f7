from __future__ import annotations

import re
from html.parser import HTMLParser

from evals.gate import Fault
from evals.report.html import html
from evals.report.summary import summarise
from tests.unit.evals.made import outcome, run_of


class Balanced(HTMLParser):
    """Fails on a tag that is closed and was not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "rect", "line"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("meta", "rect", "line"):
            assert self.open.pop() == tag


def test_the_file_stands_alone_and_escapes_what_people_wrote():
    evil = outcome("a", "refuse", turns=("<script>alert(1)</script>",), text="<b>no</b>")
    before = run_of(*(outcome(str(i)) for i in range(12)), outcome("a", turns=("<script>alert(1)</script>",)))
    page = html(
        summarise(
            run_of(*(outcome(str(i)) for i in range(12)), evil), faults=[Fault("harm", "<here>")], baseline=before
        )
    )
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=|url\(", page)
    assert "The gate fails" in page
    assert "harm (&lt;here&gt;)" in page
    assert "broken (1): <code>a</code>" in page
    assert "<svg" in page
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []


def test_a_run_without_outcomes_has_a_page():
    assert "0 of 0 scenarios" in html(summarise(run_of()))
