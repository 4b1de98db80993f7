from __future__ import annotations

from evals.gate import Fault
from evals.report.markdown import markdown
from evals.report.summary import summarise
from tests.unit.evals.made import outcome, run_of


def test_tables_hold_whatever_people_wrote():
    run = run_of(outcome("a", "refuse", turns=("one |\n two <b>",), must=("vet|farrier",)))
    text = markdown(summarise(run, faults=[Fault("harm", "everything", ("a",))], baseline=run_of(outcome("b"))))
    assert "- harm (everything): a" in text
    assert "- `a` `refuse`, expected `guide`; content: must vet|farrier." in text
    assert "one | two &lt;b>" in text
    assert "only before (1): `b`" in text
    head = next(line for line in text.splitlines() if line.startswith("| slice |"))
    rows = [line for line in text.splitlines() if line.startswith("| domain medical |")]
    assert len(rows) == 1
    assert rows[0].count("|") == head.count("|")
