from __future__ import annotations

from evals.gate import Fault
from evals.report.markdown import markdown
from evals.report.summary import Extras, summarise
from tests.unit.evals.made import outcome, run_of


def test_tables_hold_whatever_people_wrote():
    run = run_of(outcome("a", "refuse", turns=("one |\n two <b>",), must=("vet|farrier",)))
    extras = Extras(
        faults=[Fault("harm", "everything", ("a",))],
        short=[Fault("preferred", "crisis")],
        baseline=run_of(outcome("b")),
    )
    text = markdown(summarise(run, extras))
    assert "## Short of an aim\n\n- preferred (crisis)" in text
    assert "- harm (everything): a" in text
    assert "- `a` `refuse`, expected `guide`; content: must vet|farrier." in text
    assert "one | two &lt;b>" in text
    assert "only before (1): `b`" in text
    head = next(line for line in text.splitlines() if line.startswith("| slice |"))
    rows = [line for line in text.splitlines() if line.startswith("| domain medical |")]
    assert len(rows) == 1
    assert rows[0].count("|") == head.count("|")


def test_runs_side_by_side_and_causes_are_told():
    broken = run_of(outcome("a", "refuse"))
    text = markdown(summarise(broken, Extras(baseline=run_of(outcome("a")), beside=[("bare", run_of(outcome("a")))])))
    assert "| measure | this run | bare |" in text
    assert "- `guide` became `refuse` in 1 of 1 broken scenarios" in text
