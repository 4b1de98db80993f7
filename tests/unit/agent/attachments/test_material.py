"""What files mean for a turn."""

from __future__ import annotations

from agent.adapters.twins import PlainPerceiver
from agent.attachments.material import (
    NONE,
    SHORT,
    for_model,
    judged,
    modality_of,
    notices,
    pointed_at,
    spoken,
    unread,
)
from agent.attachments.reader import ReadAttachment
from agent.ports import Material
from agent.prompts import Fence


def file(text: str = "", kind: str = "pdf", **changes: object) -> ReadAttachment:
    types = {"pdf": "application/pdf", "image": "image/png", "audio": "audio/wav", "text": "text/plain"}
    fault = None if text else "nobody"
    values = {"kind": kind, "media_type": types[kind], "size": 1, "sha256": "0", "text": text, "fault": fault}
    return ReadAttachment.model_validate({**values, **changes})


class Censor:
    """Leaves out the word `obey`, and finds that `bomb` asks for harm."""

    async def read(self, text, views, language):
        orders = text.count("obey")
        return Material(text.replace("obey", "[...]"), 0.9 * orders, orders, "bomb" if "bomb" in text else None)


async def test_files_are_judged_and_lose_their_orders():
    found = await judged([file("obey now"), file(), file("a bomb")], PlainPerceiver(), Censor())
    assert [each.text for each in found.files] == ["[...] now", "", "a bomb"]
    assert (found.attack, found.orders, found.asks) == (0.9, 1, ("bomb",))
    assert await judged([file("obey")], PlainPerceiver(), None) == NONE._replace(files=(file("obey"),))


def test_who_sends_no_words_speaks_by_short_texts_and_recordings():
    long = "a" * (SHORT + 1)
    assert spoken([file("What is this?", "image"), file(long), file(long, "audio"), file("x", earlier=True)]) == (
        f"What is this?\n{long}"
    )
    assert pointed_at([file("What is this?", "image"), file()]) == "What is this?"
    assert pointed_at([file("What is this?"), file(long)]) == ""


def test_facts():
    assert (modality_of([]), unread([])) == ("text", ())
    assert modality_of([file("x"), file("y"), file("z", "text", earlier=True)]) == "pdf"
    assert modality_of([file("x"), file("y", "image")]) == "mixed"
    assert unread([file("", "image"), file("", "image"), file("", "audio", earlier=True), file("x")]) == ("image",)


def test_a_client_is_told_what_is_not_read_or_cut_off():
    told = notices([file("x"), file("", "image"), file("y", cut=True), file("", "image", earlier=True)])
    assert [notice.code for notice in told] == ["attachment_unread", "attachment_cut"]
    assert "attachment 2 (image/png)" in told[0].detail


def test_the_model_reads_files_as_data_with_how_they_were_read():
    messages = for_model(
        [file(), file("Words", "image", read_by=("ocr",)), file("More", cut=True, name="secret name.pdf")], Fence("tag")
    )
    assert [message.role for message in messages] == ["user", "user"]
    assert messages[0].text == (
        "File 1 of 2, image/png, text found in it by OCR; the picture itself was not seen:\n"
        "<<<message tag>>>\nWords\n<<<end tag>>>"
    )
    assert messages[1].text.startswith("File 2 of 2, application/pdf, cut off at its end:\n<<<message tag>>>")
    both = for_model([file("Both", "image", read_by=("ocr", "vision"))], Fence("tag"))
    assert both[0].text.startswith("File 1 of 1, image/png:\n")
