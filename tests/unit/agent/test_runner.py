"""Running turns. The stories are in ``tests/acceptance``; here is what needs no whole turn."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from agent.access import NEW_THREAD
from agent.adapters.twins import TableJudge
from agent.attachments.reader import AttachmentReader
from agent.errors import AttachmentTooLarge, EmptyInput, InputTooLong, RecordsUnavailable, TurnFailedError
from agent.event_log import TurnLog
from agent.events import TurnFailed
from agent.graph import build_graph
from agent.models import Attachment, MessageDelta, Told, TurnInput
from agent.ports import EarlierTurn
from agent.runner import MAX_EARLIER, TurnRunner, _earlier, _Heard
from policies.taxonomy import Action
from tests.unit.agent.builders import context


def runner(**parts) -> TurnRunner:
    return TurnRunner(build_graph(InMemorySaver()), context(**parts).deps, max_input_chars=1_000, replay_s=600)


def ai(action: str | None, unsafe: float | None = None) -> AIMessage:
    return AIMessage("reply", additional_kwargs={"handrail": {"action": action, "unsafe": unsafe}})


def test_earlier_turns_are_those_of_the_thread_then_those_the_caller_gave():
    messages = [HumanMessage("one"), ai("guide", 0.6), HumanMessage("two"), HumanMessage("three"), AIMessage("plain")]
    assert _earlier(["mine"], messages) == (
        EarlierTurn("one", "guide", 0.6),
        EarlierTurn("two", None, None),
        EarlierTurn("three", None, None),
        EarlierTurn("mine", None, None),
    )


def test_what_a_newer_service_kept_beside_a_reply_is_read_as_far_as_it_is_known():
    told = Told(turn_id="t", action=Action.GUIDE, unsafe=0.5, rationale="malware")
    reply = AIMessage("reply", additional_kwargs={"handrail": told.model_dump(mode="json") | {"of_tomorrow": 1}})
    (turn,) = _earlier([], [HumanMessage("one"), reply])
    assert (turn.action, turn.told) == ("guide", told)


def test_only_the_last_turns_are_judged():
    turns = _earlier([str(n) for n in range(50)], [])
    assert [turn.text for turn in turns] == [str(n) for n in range(50 - MAX_EARLIER, 50)]


def test_the_last_event_waits_for_its_record_and_a_graph_without_one_is_an_error():
    log = TurnLog("turn_1", "default")
    heard = _Heard(log)
    with pytest.raises(RuntimeError, match="without a result"):
        heard.ended()
    failed = TurnFailed(code="timeout", detail="slow", text="sorry", status=504)
    heard.append(MessageDelta(text="a"))
    heard.append(failed)
    assert [event.data for event in log.events] == [MessageDelta(text="a")]
    assert heard.ended() is failed


async def test_a_first_turn_looks_nothing_up_and_a_second_one_reads_it():
    class Watched(InMemorySaver):
        new: ClassVar[list[object]] = []

        async def aget_tuple(self, config):
            self.new.append(config["configurable"].get(NEW_THREAD))
            return await super().aget_tuple(config)

    judge = TableJudge({})
    there = TurnRunner(build_graph(Watched()), context(judge=judge).deps, max_input_chars=1_000, replay_s=600)
    first = await there.run(TurnInput(text="one"))
    assert Watched.new == [True]
    await there.run(TurnInput(text="two", thread_id=first.thread_id))
    assert Watched.new[1:]
    assert True not in Watched.new[1:]
    assert [turn.text for turn in judge.seen[-1][1]] == ["one"]


@pytest.mark.parametrize("text", ["a", "。", "🙂", "\u200bx"])
async def test_anything_visible_is_a_message(text):
    assert (await runner().run(TurnInput(text=text))).text


async def test_what_cannot_be_a_turn_leaves_nothing_running():
    there = runner()
    for text, error in (("\u200b ", EmptyInput), ("x" * 1_001, InputTooLong)):
        with pytest.raises(error):
            await there.run(TurnInput(text=text))
    with pytest.raises(InputTooLong):
        await there.run(TurnInput(text="x", instructions=("x" * 1_001,)))
    await there.close()


async def test_files_need_no_words_and_must_fit():
    request = TurnInput(text="", attachments=(Attachment(media_type="text/plain", data=b"Hello"),))
    assert (await runner(attachments=AttachmentReader()).run(request)).text
    for there in (runner(attachments=AttachmentReader(max_bytes=4)), runner()):
        with pytest.raises(AttachmentTooLarge):
            await there.run(request)


async def test_a_failed_turn_is_an_error_for_who_wants_a_result():
    with pytest.raises(TurnFailedError) as caught:
        await runner(judge=TableJudge({"hello": ValueError()})).run(TurnInput(text="hello"))
    assert (caught.value.code, caught.value.status) == ("internal_error", 500)


async def test_events_can_be_read_again_after_the_turn():
    there = runner()
    result = await there.run(TurnInput(text="hello"))
    again = [event async for event in there.events(result.turn_id)]
    assert again[-1].data.result == result
    assert [event.seq async for event in there.events(result.turn_id, after=2)] == list(range(3, len(again) + 1))


async def test_closing_twice_is_harmless_and_many_turns_run_at_once():
    there = runner()
    results = await asyncio.gather(*(there.run(TurnInput(text=f"hello {n}")) for n in range(20)))
    assert len({result.turn_id for result in results}) == 20
    await there.close()
    await there.close()


async def test_the_timings_of_the_result_are_those_of_its_stages():
    result = await runner().run(TurnInput(text="hello"))
    assert {"perceive", "assess_risk", "decide", "answer", "moderate", "total"} <= set(result.timings_ms)


class NoThreads(InMemorySaver):
    """Conversations that cannot be reached."""

    async def aget_tuple(self, config):
        raise RecordsUnavailable("the conversations cannot be reached: told to fail")


async def test_conversations_out_of_reach_fail_a_turn_in_words_before_anything_is_said():
    there = TurnRunner(build_graph(NoThreads()), context().deps, max_input_chars=1_000, replay_s=600)
    with pytest.raises(RecordsUnavailable):
        await there.run(TurnInput(text="hello", thread_id="thread_1"))
    with pytest.raises(TurnFailedError) as caught:
        await there.run(TurnInput(text="hello"))
    assert (caught.value.code, caught.value.status) == ("records_unavailable", 503)
