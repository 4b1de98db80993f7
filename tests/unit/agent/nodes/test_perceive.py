"""See through the form of the message, and settle who asks."""

from __future__ import annotations

from agent.adapters.twins import PlainPerceiver
from agent.attachments.reader import AttachmentReader
from agent.conversation import Move
from agent.events import TurnStarted
from agent.models import Attachment, RequestContext, TurnInput
from agent.nodes.perceive import perceive
from agent.ports import EarlierTurn
from tests.unit.agent.builders import Run, context


async def test_the_turn_starts_with_who_asks_and_what_had_to_be_assumed():
    request = TurnInput(text="hola", context=RequestContext(role="wizard", locale="es-MX"))
    run = Run(context(request, perceiver=PlainPerceiver("es")))
    update = await perceive({"messages": []}, run.runtime)
    assert update["perception"].original == "hola"
    assert (update["context_facts"].role, update["context_facts"].language) == ("public", "es")
    assert [notice.code for notice in update["notices"]] == ["unknown_role"]
    (started,) = run.sent
    assert isinstance(started, TurnStarted)
    assert (started.turn_id, started.thread_id, started.locale, started.jurisdiction) == (
        "turn_1",
        "thread_1",
        "es-MX",
        "MX",
    )
    assert started.notices == update["notices"]


async def test_a_message_that_leans_on_a_question_is_perceived_with_it():
    ctx = context(TurnInput(text="and for adults?"), earlier=(EarlierTurn("What dose for a child?", None, None),))
    update = await perceive({"messages": []}, Run(ctx).runtime)
    assert update["turning"].move is Move.FOLLOW_UP
    assert update["perception"].resolved == "What dose for a child?\nand for adults?"


def a_file(text: str, media_type: str = "text/plain") -> Attachment:
    return Attachment(media_type=media_type, data=text.encode())


async def test_files_are_read_and_one_that_cannot_be_is_told():
    request = TurnInput(text="Sum it up", attachments=(a_file("Apples."), a_file("RIFF", "audio/wav")))
    run = Run(context(request, attachments=AttachmentReader()))
    update = await perceive({"messages": []}, run.runtime)
    assert [file.text for file in update["attachments"]] == ["Apples.", ""]
    assert update["perception"].original == "Sum it up"
    assert [notice.code for notice in run.sent[0].notices] == ["attachment_unread"]
    assert update["notices"] == run.sent[0].notices


async def test_a_file_speaks_for_who_sends_no_words():
    request = TurnInput(text=" ", attachments=(a_file("What is the capital of France?"),))
    update = await perceive({"messages": []}, Run(context(request, attachments=AttachmentReader())).runtime)
    assert update["perception"].original == "What is the capital of France?"
