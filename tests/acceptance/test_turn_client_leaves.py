"""A client that leaves for good ends the turn and the call to the model; one that comes back gets what it missed."""

from __future__ import annotations

import asyncio

import pytest

from agent import runner
from agent.adapters.chat_model import ScriptedModel
from agent.models import TurnInput
from tests.acceptance.world import HOMEWORK, said


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch):
    monkeypatch.setattr(runner, "GRACE_S", 0.05)


async def _reads_until_the_first_word(there, turn_id):
    stream = there.runner.events(turn_id)
    async for event in stream:
        if event.name == "message.delta":
            break
    await stream.aclose()
    return event.seq


async def _until(condition, seconds=5.0):
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  # what is waited for is a record, not an event
            await asyncio.sleep(0.01)


async def test_the_model_call_is_cancelled_and_the_outcome_recorded(world):
    model = ScriptedModel(["One. Two", asyncio.Event(), " and three."])
    there = world(model=model)
    turn_id = await there.runner.start(TurnInput(text=HOMEWORK))
    await _reads_until_the_first_word(there, turn_id)

    async def recorded():
        return bool(await there.bodies("outcome"))

    await _until(recorded)
    assert [body["outcome"] for body in await there.bodies("outcome")] == ["client_left"]
    assert model.running == 0


async def test_a_client_that_comes_back_in_time_gets_the_rest_and_nothing_twice(world):
    rest = asyncio.Event()
    there = world(model=ScriptedModel(["One. Two", rest, " and three."]))
    turn_id = await there.runner.start(TurnInput(text=HOMEWORK))
    seq = await _reads_until_the_first_word(there, turn_id)
    rest.set()
    missed = [event async for event in there.runner.events(turn_id, after=seq)]
    assert [event.seq for event in missed] == list(range(seq + 1, seq + 1 + len(missed)))
    assert said(missed) == " Two and three."
    assert missed[-1].name == "turn.completed"


async def test_a_turn_goes_on_while_another_reader_stays(world):
    rest = asyncio.Event()
    there = world(model=ScriptedModel(["One. Two", rest, " and three."]))
    turn_id = await there.runner.start(TurnInput(text=HOMEWORK))
    stays = asyncio.create_task(_all(there, turn_id))
    await _reads_until_the_first_word(there, turn_id)
    await asyncio.sleep(0.1)
    rest.set()
    assert (await stays)[-1].name == "turn.completed"


async def _all(there, turn_id):
    return [event async for event in there.runner.events(turn_id)]


async def test_a_cancelled_request_that_does_not_stream_ends_the_turn_too(world):
    model = ScriptedModel([asyncio.Event()])
    there = world(model=model)
    running = asyncio.create_task(there.turn(HOMEWORK))

    async def asked():
        return model.running == 1

    await _until(asked)
    running.cancel()

    async def recorded():
        return bool(await there.bodies("outcome"))

    await _until(recorded)
    assert model.running == 0


async def test_the_thread_of_a_turn_that_was_left_can_be_continued(world):
    model = ScriptedModel(["One. Two", asyncio.Event()], ["Three."])
    there = world(model=model)
    turn_id = await there.runner.start(TurnInput(text=HOMEWORK))
    await _reads_until_the_first_word(there, turn_id)

    async def recorded():
        return bool(await there.bodies("outcome"))

    await _until(recorded)
    thread_id = (await there.all_records())[0].thread_id
    assert (await there.turn("And then?", thread_id=thread_id)).text == "Three."
