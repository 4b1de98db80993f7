"""Send the reply, and state what came of the turn."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.composer import compose
from agent.events import MessageCompleted, MessageDelta, TurnCompleted
from agent.models import MessageHeld, MessageReplaced, Notice, Reply, ReplyPart, Retrieved, Switched, Told
from agent.nodes.deliver import Said, _parts, deliver
from agent.selection import Reader
from policies.taxonomy import Action, Facet
from tests.unit.agent.builders import Run, decision, facts, hit, state


async def delivered(reply, decided=None, **parts):
    run = Run()
    update = await deliver(state(decided, facts(Facet.DOSING), reply=reply, **parts), run.runtime)
    return update, run.sent


async def test_pieces_concatenate_to_the_whole_and_the_result_comes_last():
    update, sent = await delivered(Reply(text="One. Two!\n\nThree", composer="fixed"))
    deltas = [event.text for event in sent if isinstance(event, MessageDelta)]
    assert deltas == ["One.", " Two!", "\n\n", "Three"]
    assert isinstance(sent[-2], MessageCompleted)
    assert sent[-2].text == "One. Two!\n\nThree"
    assert isinstance(sent[-1], TurnCompleted)
    (message,) = update["messages"]
    assert message.text == sent[-1].result.text == sent[-2].text


@given(st.text(max_size=200))
async def test_no_text_is_lost_in_pieces(text):
    assert "".join([part.text async for part in _parts(Reply(text=text, composer="fixed"))]) == text


async def test_what_later_turns_need_stays_with_the_message():
    update, _ = await delivered(Reply(text="One.", composer="fixed"), decision(Action.REFUSE, rationale="malware"))
    kept = update["messages"][0].additional_kwargs["handrail"]
    told = Told(turn_id="turn_1", action=Action.REFUSE, unsafe=0.02, rationale="malware")
    assert Told.model_validate(kept) == told


@pytest.mark.parametrize(
    ("found", "detail"),
    [(Retrieved(), "no reviewed guidance covers this request"), (Retrieved(error="down"), "down")],
)
async def test_guidance_that_was_owed_and_missing_makes_it_a_refusal_that_says_so(found, detail):
    notices = (Notice(code="unknown_role", detail="x"),)
    _, sent = await delivered(
        Reply(text="No.", composer="catalogue"), decision(Action.GUIDE), retrieved=found, notices=notices
    )
    result = sent[-1].result
    assert result.action is Action.REFUSE
    assert result.notices == (*notices, Notice(code="no_guidance", detail=detail))


async def test_with_an_alternative_it_stays_guidance():
    composed = compose(Retrieved(hits=(hit(),)), {}, Reader())
    reply = Reply(text="Why.", alternative=composed.alternative, citations=composed.citations, composer="extractive")
    _, sent = await delivered(reply, decision(Action.GUIDE), retrieved=Retrieved(release="0001-000000000000"))
    result = sent[-1].result
    assert (result.action, result.notices, result.corpus_release) == (Action.GUIDE, (), "0001-000000000000")
    assert result.citations == composed.citations


HELD = MessageHeld(checks=("no_code", "no_dosage"), at=5, outcome="stopped", reason="Why.")


def streamed(*parts):
    async def stream() -> AsyncGenerator[ReplyPart, None]:
        for part in parts:
            yield part

    return Reply(stream=stream, composer="model")


async def test_what_was_held_in_a_stream_is_told_and_is_in_the_result():
    _, sent = await delivered(streamed(MessageDelta(text="Fine."), HELD, HELD))
    assert sent[1] == HELD
    assert sent[-1].result.held == ("no_code", "no_dosage")


async def test_what_was_replaced_is_replaced_in_the_whole():
    replaced = MessageReplaced.model_validate({"from": 2, "to": 4, "text": "B"})
    _, sent = await delivered(streamed(MessageDelta(text="a xx c"), replaced))
    assert replaced in sent
    assert sent[-2].text == sent[-1].result.text == "a B c"


async def test_a_reply_that_goes_over_to_guidance_carries_it():
    composed = compose(Retrieved(hits=(hit(),)), {}, Reader())
    found = Retrieved(release="0001-000000000000")
    switched = Switched(alternative=composed.alternative, citations=composed.citations, retrieved=found)
    _, sent = await delivered(streamed(MessageDelta(text="Fine."), switched))
    assert switched not in sent
    result = sent[-1].result
    assert (result.alternative, result.citations) == (composed.alternative, composed.citations)
    assert result.corpus_release == "0001-000000000000"
    assert sent[-2].citations == composed.citations


def test_the_reply_so_far_is_known_at_any_time():
    said = Said()
    said.take(MessageDelta(text="One. "))
    said.take(MessageDelta(text="Two."))
    assert said.text == "One. Two."
