"""Turns of one thread: what is remembered, what is not, and one at a time."""

from __future__ import annotations

import asyncio

import pytest
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agent.access import thread_key
from agent.adapters.chat_model import ScriptedModel
from agent.errors import UnknownThread, UnknownTurn
from agent.models import TurnInput
from policies.taxonomy import Action
from tests.acceptance.world import BOMB, DOSE, GPL, HOMEWORK, KEYLOGGER, names


async def test_what_one_turn_found_does_not_survive_into_the_next(world):
    there = world()
    first = await there.turn(DOSE)
    assert first.citations
    second = await there.turn(HOMEWORK, thread_id=first.thread_id)
    assert (second.citations, second.alternative, second.corpus_release, second.case_id) == ((), None, None, None)
    third = await there.turn(BOMB, thread_id=first.thread_id)
    assert third.action is Action.REFUSE
    assert third.notices == ()


async def test_only_messages_are_kept_of_a_turn(world):
    there = world()
    result = await there.turn(DOSE)
    snapshot = await there.graph.aget_state({"configurable": {"thread_id": thread_key("default", result.thread_id)}})
    assert set(snapshot.values) == {"messages"}
    assert [message.type for message in snapshot.values["messages"]] == ["human", "ai"]


async def test_earlier_turns_are_judged_with_what_was_decided_on_them(world):
    there = world()
    first = await there.turn(KEYLOGGER)
    second = await there.turn(HOMEWORK, thread_id=first.thread_id)
    await there.turn(GPL, thread_id=first.thread_id)
    _, earlier = there.judge.seen[-1]
    assert [turn.text for turn in earlier] == [KEYLOGGER, HOMEWORK]
    assert [turn.action for turn in earlier] == ["refuse", second.action.value]
    assert earlier[0].unsafe == pytest.approx(0.9)


async def test_a_thread_recovers_when_the_person_has_moved_on(world):
    there = world()
    thread_id = (await there.turn(BOMB)).thread_id
    actions = [(await there.turn(HOMEWORK, thread_id=thread_id)).action for _ in range(3)]
    assert actions[-1] is Action.ANSWER


async def test_history_given_by_the_caller_is_judged_and_shown_to_the_model(world):
    model = ScriptedModel(["Fine."])
    there = world(model=model)
    await there.runner.run(TurnInput(text=HOMEWORK, history=("before that",), instructions=("be brief",)))
    assert [turn.text for turn in there.judge.seen[0][1]] == ["before that"]
    assert [message.role for message in model.asked[0]] == ["system", "user", "user", "user"]
    assert "before that" in model.asked[0][2].text


async def test_the_model_reads_the_earlier_messages_of_the_thread(world):
    model = ScriptedModel(["Paris."], ["Two million."])
    there = world(model=model)
    first = await there.turn(HOMEWORK)
    await there.turn("How many live there?", thread_id=first.thread_id)
    assert [(m.role, "Paris" in m.text) for m in model.asked[1][1:]] == [
        ("user", False),
        ("assistant", True),
        ("user", False),
    ]


async def test_an_unknown_thread_is_an_error_of_the_caller(world):
    with pytest.raises(UnknownThread, match="`thread_nope`"):
        await world().turn(HOMEWORK, thread_id="thread_nope")


async def test_an_unknown_turn_is_an_error_of_the_caller(world):
    with pytest.raises(UnknownTurn, match="`turn_nope`"):
        world().runner.events("turn_nope")


async def test_two_turns_of_a_thread_run_one_after_the_other(world):
    gate = asyncio.Event()
    there = world(model=ScriptedModel(["First", gate, "."], ["Second."]))
    request = TurnInput(text=HOMEWORK)
    first_id = await there.runner.start(request)
    started = await anext(first := there.runner.events(first_id))
    # The thread is known from `turn.started` on, before anything of it is stored.
    second = asyncio.create_task(there.turn("And then?", thread_id=started.data.thread_id))
    await asyncio.sleep(0.05)
    assert len(there.judge.seen) == 1
    gate.set()
    assert [event async for event in first][-1].name == "turn.completed"
    assert (await second).text == "Second."
    assert [turn.text for turn in there.judge.seen[1][1]] == [HOMEWORK]


async def test_turns_of_different_threads_do_not_wait_for_each_other(world):
    gate = asyncio.Event()
    there = world(model=ScriptedModel(["First", gate, "."], ["Second."]))
    slow = asyncio.create_task(there.turn("slow"))
    await asyncio.sleep(0.05)
    assert (await there.turn(HOMEWORK)).text == "Second."
    gate.set()
    assert (await slow).text == "First."


async def test_a_thread_survives_a_restart(world, tmp_path):
    path = str(tmp_path / "threads.db")
    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        thread_id = (await world(checkpointer=saver).turn(DOSE)).thread_id
    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        there = world(checkpointer=saver)
        events = await there.events(HOMEWORK, thread_id=thread_id)
    assert names(events)[-1] == "turn.completed"
    assert [turn.action for turn in there.judge.seen[0][1]] == ["guide"]
