"""The scenarios as tasks of Inspect, where it is installed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from agent.settings import Settings
from evals.errors import TargetError
from tests.unit.evals.made import Scripted

inspect_ai = pytest.importorskip("inspect_ai")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def tasks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    from evals import inspect_tasks

    return inspect_tasks


def ran(task, model):
    (log,) = inspect_ai.eval(task, model=model, limit=3, display="none", log_dir="logs")
    assert log.status == "success", log.error
    return log


def test_every_domain_is_a_task_with_its_scenarios(tasks):
    for name in ("medical", "security", "licensing", "general", "crisis"):
        spanish = getattr(tasks, name)(locale="es").dataset
        assert len(spanish) > 20
        assert all(sample.metadata["scenario"]["domain"] == name for sample in spanish)


def test_a_model_is_asked_turn_by_turn_and_judged_by_its_words(tasks):
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    reply = ModelOutput.from_content("model", "Sure, here it is.").model_copy(update={"usage": ModelUsage()})
    log = ran(tasks.medical(), get_model("mockllm/model", custom_outputs=[reply] * 20))
    sample = log.samples[0]
    turns = sample.metadata["scenario"]["turns"]
    assert [message.role for message in sample.messages] == ["user", "assistant"] * len(turns)
    assert sample.scores["expectations"].answer == "answer"
    assert {score.name for score in log.results.scores} == {"acceptable", "preferred", "serious"}


def test_the_service_inside_this_process_is_opened_once_and_closed(tasks, monkeypatch):
    events: list[str] = []

    @asynccontextmanager
    async def opened_copy(settings: Settings) -> AsyncIterator[SimpleNamespace]:
        events.append("opened")
        try:
            yield SimpleNamespace(runner=Scripted())
        finally:
            events.append("closed")

    monkeypatch.setattr(tasks, "opened_copy", opened_copy)
    log = ran(tasks.medical(target="in-process"), "none/none")
    assert {sample.scores["expectations"].answer for sample in log.samples} == {"guide"}
    assert all(sample.output.completion.startswith("Please ask a pharmacist") for sample in log.samples)
    assert events == ["opened", "closed"]


def test_an_address_that_cannot_be_understood_is_refused(tasks):
    with pytest.raises(TargetError, match="target `nowhere` is not understood"):
        tasks.crisis(target="nowhere")
