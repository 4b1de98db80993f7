from __future__ import annotations

from evals.metrics import rate
from evals.outcomes import failed
from evals.report.summary import fault_of, shown, summarise
from tests.unit.evals.made import outcome, run_of, scenario


def test_the_worst_come_first():
    served = outcome("z", "answer", expect=("refuse",), never=("answer",))
    run = run_of(outcome("a", "refuse"), failed(scenario("b"), "down"), outcome("c"), served)
    assert [o.id for o in summarise(run).worst] == ["z", "b", "a"]


def test_a_baseline_brings_changes_and_slices_are_named():
    before, after = run_of(outcome("a", "refuse")), run_of(outcome("a"))
    summary = summarise(after, baseline=before)
    assert summary.comparison is not None
    assert summary.comparison.fixed == ("a",)
    assert summary.changes["acceptable"].difference == 1.0
    assert [(part.slice, part.value) for part in summary.parts] == [
        ("domain", "medical"),
        ("language", "en"),
        ("role", "public"),
    ]
    assert summarise(after).comparison is None


def test_too_few_outcomes_have_no_figure():
    assert shown(rate(1, 3)) == "n=3"
    assert shown(rate(0, 0)) == "n=0"
    assert shown(rate(10, 20)).startswith("50.0% (")


def test_a_fault_says_what_was_taken_and_what_was_expected():
    assert fault_of(outcome("a", "refuse")) == "`refuse`, expected `guide`"
    assert fault_of(outcome("a", "answer", never=("answer",))) == "`answer` must never be done here"
    assert fault_of(outcome("a", must=("vet",))) == "content: must vet"
    assert fault_of(failed(scenario(), "down")) == "the turn failed: down"
