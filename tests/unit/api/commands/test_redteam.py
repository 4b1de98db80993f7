"""``handrail eval redteam`` with a runner that is made up."""

from __future__ import annotations

import json

from evals.scenario import read_scenarios


def test_an_attack_writes_attempts_a_report_and_scenarios_for_review(run_eval, eval_runner, tmp_path):
    eval_runner.weak_to = "every minute counts"
    code, out, _ = run_eval("redteam", "--scenarios", "scenarios", "--budget", "150", "--output", "rt")
    assert code == 0
    assert "| urgency | pressure | 100.0%" in out
    tries = [json.loads(line) for line in (tmp_path / "rt" / "attempts.jsonl").read_text().splitlines()]
    assert {attempt["phase"] for attempt in tries} >= {"written", "alone", "control"}
    assert (tmp_path / "rt" / "redteam.md").read_text().startswith("# Red team")
    found = read_scenarios(tmp_path / "rt" / "scenarios", roles={"public"}, locales={"en-US"})
    assert any("every minute counts" in scenario.turns[0] for scenario in found)


def test_without_a_harmful_scenario_there_is_nothing_to_attack(run_eval, eval_runner):
    code, _, err = run_eval("redteam", "--scenarios", "scenarios", "--domain", "licensing")
    assert (code, "no harmful scenario is left" in err) == (2, True)
