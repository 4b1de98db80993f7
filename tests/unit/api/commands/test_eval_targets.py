"""What an evaluation measures."""

from __future__ import annotations

import pytest

from agent.settings import Settings
from api.commands.errors import CommandError
from api.commands.eval_targets import opened_target
from evals.endpoints import ChatTarget, ServerTarget
from tests.unit.evals.made import scenario

SETTINGS = Settings()


async def test_the_service_runs_on_a_copy_of_its_state_and_says_its_versions(eval_runner, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "records.db").write_text("kept")
    (tmp_path / "state" / "other").write_text("copied")
    async with opened_target(Settings.model_validate({"data_dir": tmp_path / "state"})) as opened:
        copied = eval_runner.opened.data_dir
        assert [path.name for path in copied.iterdir()] == ["other"]
        assert opened.setup["policies"] == "v1"
        assert opened.setup["guidance"] == "none"
        assert opened.cacheable
        assert (await opened.target.outcome_of(scenario())).acceptable
    assert not copied.exists()
    assert (tmp_path / "state" / "records.db").read_text() == "kept"


async def test_a_setting_that_bears_on_replies_makes_another_set_up(eval_runner, tmp_path):
    setups = []
    for settings in ({}, {"port": 9000}, {"exemplar_weight": 1.0}):
        async with opened_target(Settings.model_validate({"data_dir": tmp_path / "none", **settings})) as opened:
            setups.append(opened.setup)
    assert setups[0] == setups[1]
    assert setups[0] != setups[2]


async def test_an_address_is_a_server_or_an_openai_endpoint(monkeypatch):
    monkeypatch.setenv("SOME_KEY", "k")
    async with opened_target(SETTINGS, "http://127.0.0.1:1", key_env="SOME_KEY") as server:
        assert isinstance(server.target, ServerTarget)
        assert not server.cacheable
    async with opened_target(SETTINGS, "openai:http://127.0.0.1:1/v1", model="m") as chat:
        assert isinstance(chat.target, ChatTarget)
        assert chat.setup == {"target": "openai:http://127.0.0.1:1/v1", "model": "m"}


@pytest.mark.parametrize(
    ("address", "given", "said"),
    [
        ("in-proces", {}, "target `in-proces` is not understood; expected `in-process`"),
        ("openai:http://x/v1", {}, "give it with --model"),
        ("openai:x", {"model": "m"}, "target `x` is not understood"),
        ("http://x", {"key_env": "NO_SUCH_KEY"}, "environment variable `NO_SUCH_KEY` is not set"),
    ],
)
async def test_what_is_missing_is_said(address, given, said):
    with pytest.raises(CommandError, match=said):
        async with opened_target(SETTINGS, address, **given):
            pass
