"""Whatever breaks, the turn fails closed: a fixed sentence in the person's language, and no text from the model."""

from __future__ import annotations

import asyncio

import pytest

from agent.adapters.chat_model import ScriptedModel
from agent.adapters.twins import assessment
from agent.errors import TurnFailedError
from agent.models import TurnInput
from policies.taxonomy import Facet
from tests.acceptance.world import HOMEWORK, MESSAGES, names, said


async def test_a_stage_that_raises_fails_the_turn_without_telling_what_the_person_wrote(world):
    there = world(assessments={"secret": ValueError("bad text: secret plans")})
    failed = await there.fails("my secret plans")
    assert (failed.code, failed.status, failed.text) == ("internal_error", 500, MESSAGES.get("failed", "en"))
    assert failed.detail == "the stage `assess_risk` failed"
    (outcome,) = await there.bodies("outcome")
    assert (outcome["outcome"], outcome["code"]) == ("failed", "internal_error")
    assert "plans" not in str(outcome)


async def test_the_failure_is_told_in_the_language_of_the_person(world):
    there = world(language="es", assessments={"algo": ValueError()})
    assert (await there.fails("algo")).text == MESSAGES.get("failed", "es")


async def test_a_stage_that_takes_too_long_fails_the_turn(world):
    there = world(assessments={"slow": asyncio.Event()}, timeout_s=0.5)
    failed = await there.fails("slow")
    assert (failed.code, failed.status, failed.detail) == ("timeout", 504, "the stage `assess_risk` took too long")


async def test_a_model_that_stalls_for_ever_fails_the_turn_and_is_cut_off(world):
    model = ScriptedModel([asyncio.Event()])
    failed = await world(model=model, timeout_s=0.5).fails(HOMEWORK)
    assert failed.code == "timeout"
    assert model.running == 0


async def test_a_failure_in_the_middle_of_the_reply_ends_the_stream_with_the_failure(world):
    there = world(model=ScriptedModel(["One. Two", ZeroDivisionError("driver bug")]))
    events = await there.events(HOMEWORK)
    assert names(events)[-2:] == ["message.delta", "turn.failed"]
    assert said(events) == "One."
    assert events[-1].data.detail == "the stage `deliver` failed"


async def test_the_next_turn_of_the_thread_works_again(world):
    there = world(assessments={"bad": ValueError(), "fine": assessment(Facet.EVERYDAY)})
    with pytest.raises(TurnFailedError) as caught:
        await there.turn("bad")
    assert caught.value.code == "internal_error"
    (outcome,) = await there.all_records()
    assert (await there.turn("fine", thread_id=outcome.thread_id)).text


async def test_policies_that_cannot_be_had_fail_the_turn(world):
    there = world()

    def broken():
        raise LookupError("gone")

    object.__setattr__(there.deps, "policies", broken)
    failed = await there.fails(HOMEWORK)
    assert (failed.code, failed.status) == ("internal_error", 500)


async def test_closing_the_runner_ends_running_turns_and_records_them(world):
    there = world(model=ScriptedModel(["One. Two", asyncio.Event()]))
    turn_id = await there.runner.start(TurnInput(text=HOMEWORK))
    stream = there.runner.events(turn_id)
    while (await anext(stream)).name != "message.delta":
        pass
    await there.runner.close()
    assert [event.name async for event in stream] == ["turn.failed"]
    assert [body["outcome"] for body in await there.bodies("outcome")] == ["client_left"]
    assert there.model.running == 0
