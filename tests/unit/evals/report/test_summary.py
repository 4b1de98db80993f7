from __future__ import annotations

from evals.metrics import rate
from evals.outcomes import failed
from evals.report.summary import MOST_IDS, Extras, fault_of, named, path_of, shown, summarise
from tests.unit.evals.made import outcome, run_of, scenario


def test_the_worst_come_first():
    served = outcome("z", "answer", expect=("refuse",), never=("answer",))
    run = run_of(outcome("a", "refuse"), failed(scenario("b"), "down"), outcome("c"), served)
    assert [o.id for o in summarise(run).worst] == ["z", "b", "a"]


def test_a_baseline_brings_changes_and_slices_are_named():
    before, after = run_of(outcome("a", "refuse")), run_of(outcome("a"))
    summary = summarise(after, Extras(baseline=before))
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


def test_runs_side_by_side_compare_the_scenarios_that_both_have():
    mine, bare = run_of(outcome("a"), outcome("b")), run_of(outcome("a", "answer"), outcome("x"))
    (beside,) = summarise(mine, Extras(beside=[("bare", bare)])).beside
    assert (beside.figures["acceptable"].hits, beside.figures["acceptable"].n) == (0, 1)
    assert (beside.changes["acceptable"].difference, beside.changes["acceptable"].n) == (1.0, 1)


def test_saved_runs_are_shown_oldest_first_with_this_one_at_the_end():
    def at(day: str):
        run = run_of(outcome("a"))
        return run.model_copy(update={"manifest": run.manifest.model_copy(update={"started": f"{day}T00:00"})})

    history = summarise(
        run_of(outcome("a")), Extras(history=[("new", at("2026-11-02")), ("old", at("2026-11-01"))])
    ).history
    assert [past.name for past in history] == ["old (2026-11-01)", "new (2026-11-02)", "this run"]


def test_a_path_goes_from_the_request_to_what_was_sent_and_leaves_out_what_is_empty():
    path = path_of(outcome("a", role="clinician", turns=("one", "two")))
    assert path["earlier messages"] == "one"
    assert path["taken"] == "guide"
    assert path["rules"] == "medical.dosing"
    assert "held back by" not in path


def test_a_long_list_says_how_many_more_there_are():
    assert named((), str) == "none"
    assert named(("a", "b"), lambda name: f"<{name}>") == "<a>, <b>"
    assert named(["a"] * (MOST_IDS + 3), str).endswith(", a and 3 more")
