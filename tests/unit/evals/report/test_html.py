from __future__ import annotations

import re
from html.parser import HTMLParser

from evals.gate import Fault
from evals.judge_model import Agreement, Judged
from evals.metrics import rate
from evals.report.html import html
from evals.report.summary import Extras, summarise
from tests.unit.evals.made import outcome, run_of


class Balanced(HTMLParser):
    """Fails on a tag that is closed and was not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "rect", "line", "polyline", "polygon", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("meta", "rect", "line", "polyline", "polygon", "br"):
            assert self.open.pop() == tag


def test_the_file_stands_alone_and_escapes_what_people_wrote():
    evil = outcome("a", "refuse", turns=("<script>alert(1)</script>",), text="<b>no</b>")
    before = run_of(*(outcome(str(i)) for i in range(12)), outcome("a", turns=("<script>alert(1)</script>",)))
    page = html(
        summarise(
            run_of(*(outcome(str(i)) for i in range(12)), evil),
            Extras(faults=[Fault("harm", "<here>")], short=[Fault("preferred", "<there>")], baseline=before),
        )
    )
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=|url\(", page)
    assert "The gate fails" in page
    assert "harm (&lt;here&gt;)" in page
    assert "<h2>Short of an aim</h2>" in page
    assert "preferred (&lt;there&gt;)" in page
    assert "broken (1): <code>a</code>" in page
    assert "<svg" in page
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []


def test_a_run_without_outcomes_has_a_page():
    assert "0 of 0 scenarios" in html(summarise(run_of()))


def test_everything_beside_the_run_has_its_place():
    scored = [
        outcome(str(i), tags=("same:g",), never=("answer",)).model_copy(update={"unsafe": i / 12}) for i in range(12)
    ]
    run = run_of(*scored, outcome("x", "refuse", tags=("same:g",)))
    judge = Judged({"complete": rate(5, 12)}, 2, {"complete": Agreement(rate(9, 12), 0.5)})
    page = html(
        summarise(run, Extras(beside=[("bare <model>", run)], history=[("old", run)], judged=judge, baseline=run))
    )
    for said in (
        "Side by side",
        "bare &lt;model&gt;",
        "Over 2 runs",
        "Reliability of",
        "Consistency",
        "2 answers could not be read",
    ):
        assert said in page
    assert page.count("<circle") > 12
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
