"""``handrail eval examples`` with a runner that is made up."""

from __future__ import annotations

from evals.examples import read_examples
from policies.taxonomy import Action


def test_a_page_is_written_and_an_example_that_is_none_stops_it(run_eval, eval_runner, tmp_path, monkeypatch):
    few = [example for example in read_examples() if example.action is Action.GUIDE]
    code, _, err = run_eval("examples", "--output", "nowhere/page.md")
    assert (code, "folder `nowhere` does not exist" in err) == (2, True)
    code, _, err = run_eval("examples", "--output", "page.md")
    assert (code, "expected `answer`" in err, (tmp_path / "page.md").exists()) == (2, True, False)
    monkeypatch.setattr("evals.examples.read_examples", lambda: few)
    code, out, _ = run_eval("examples", "--output", "page.md")
    assert (code, "page.md" in out) == (0, True)
    written = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert all(example.request in written for example in few)
