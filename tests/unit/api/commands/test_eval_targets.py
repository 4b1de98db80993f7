"""What an evaluation measures."""

from __future__ import annotations

from agent.settings import Settings
from api.commands.eval_targets import opened_target
from tests.unit.evals.made import scenario


async def test_the_service_runs_on_a_copy_of_its_state_and_says_its_versions(eval_runner, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "records.db").write_text("kept")
    (tmp_path / "state" / "other").write_text("copied")
    async with opened_target(Settings.model_validate({"data_dir": tmp_path / "state"})) as opened:
        copied = eval_runner.opened.data_dir
        assert [path.name for path in copied.iterdir()] == ["other"]
        assert opened.setup["policies"] == "v1"
        assert opened.setup["guidance"] == "none"
        assert (await opened.target.outcome_of(scenario())).acceptable
    assert not copied.exists()
    assert (tmp_path / "state" / "records.db").read_text() == "kept"
