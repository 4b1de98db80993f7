"""Runs against targets that die, come back, or are known already."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from api.commands.eval_targets import Opened
from evals.drive import RunnerTarget
from evals.errors import TargetDown


class Mortal(RunnerTarget):
    """Answers so many scenarios and then is gone."""

    def __init__(self, runner, lives: int) -> None:
        super().__init__(runner)
        self.lives = lives

    async def outcome_of(self, scenario):
        if self.lives <= 0:
            raise TargetDown("`http://there` cannot be reached: connection refused")
        self.lives -= 1
        return await super().outcome_of(scenario)


def test_a_target_that_dies_in_the_middle_leaves_a_run_that_goes_on(run_eval, eval_runner, monkeypatch, tmp_path):
    target = Mortal(eval_runner, 1)

    @asynccontextmanager
    async def opened(*args: object, **options: object) -> AsyncIterator[Opened]:
        yield Opened(target, {"target": "http://there"}, cacheable=False)

    monkeypatch.setattr("api.commands.eval_runs.opened_target", opened)
    asked = ("run", "--scenarios", "scenarios", "--output", "out", "--concurrency", "1", "--target", "http://there")
    code, _, err = run_eval(*asked)
    assert code == 2
    assert "connection refused; what is done is kept in out: run the same command again to go on" in err
    assert len((tmp_path / "out" / "results.jsonl").read_text().splitlines()) == 1
    target.lives = 9
    code, out, _ = run_eval(*asked)
    assert (code, out.startswith("1 results were there already")) == (0, True)
    assert len((tmp_path / "out" / "results.jsonl").read_text().splitlines()) == 2


def test_another_folder_of_the_same_set_up_takes_what_is_known(run_eval, eval_runner):
    run_eval("run", "--scenarios", "scenarios", "--output", "one")
    asked = len(eval_runner.asked)
    _, out, _ = run_eval("run", "--scenarios", "scenarios", "--output", "two")
    assert "2 results of an earlier run of the same set-up; --fresh measures them again" in out
    assert len(eval_runner.asked) == asked
    run_eval("run", "--scenarios", "scenarios", "--output", "three", "--fresh")
    assert len(eval_runner.asked) == 2 * asked


def test_the_fast_subset_is_a_run_of_its_own(run_eval, eval_runner, monkeypatch, tmp_path):
    monkeypatch.setattr("evals.scenario.fast_subset", lambda scenarios: scenarios[:1])
    assert run_eval("run", "--scenarios", "scenarios", "--output", "out", "--fast")[0] == 0
    assert json.loads((tmp_path / "out" / "run.json").read_text())["planned"] == ["a"]


def test_a_target_that_is_not_understood_is_a_plain_message(run_eval, eval_runner):
    code, _, err = run_eval("run", "--scenarios", "scenarios", "--target", "elsewhere")
    assert (code, "target `elsewhere` is not understood" in err) == (2, True)
    assert "Traceback" not in err


@pytest.mark.parametrize("command", ["run", "redteam"])
def test_a_missing_model_of_an_endpoint_is_a_plain_message(run_eval, command):
    code, _, err = run_eval(command, "--scenarios", "scenarios", "--target", "openai:http://127.0.0.1:1/v1")
    assert (code, "give it with --model" in err) == (2, True)
