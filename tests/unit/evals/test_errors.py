from __future__ import annotations

from evals.errors import EvalError, ScenarioError
from policies.errors import Problem


def test_a_scenario_error_shows_every_problem_once_in_order():
    error = ScenarioError([Problem("b.yaml", 3, "two"), Problem("a.yaml", 9, "one"), Problem("a.yaml", 9, "one")])
    assert isinstance(error, EvalError)
    assert str(error) == "scenarios cannot be used: 2 problems\n  a.yaml:9: one\n  b.yaml:3: two"
