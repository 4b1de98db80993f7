"""Files are read by what is there for their kind, and say why when they are not."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from agent.adapters.chat_model import ScriptedModel
from agent.attachments.child import ChildFailed
from agent.attachments.reader import AttachmentReader
from agent.errors import ModelOutputError, ModelUnavailable
from agent.models import Attachment
from agent.prompts import load_template
from agent.prompts.model_prompt import VISION
from tests.unit.agent.attachments.files import a_pdf, a_pdf_bomb, a_png, a_scan

PICTURE = Attachment(name="p.png", media_type="image/png", data=a_png())
SPEECH = Attachment(media_type="audio/wav", data=b"RIFF")


class Eyes:
    """OCR that finds this text, or fails so."""

    def __init__(self, found: str | Exception) -> None:
        self._found = found

    async def read(self, data: bytes, *, timeout_s: float) -> str:
        if isinstance(self._found, Exception):
            raise self._found
        return self._found


class Ears:
    """A transcriber that hears this, fails so, or never ends."""

    name = "ears"

    def __init__(self, heard: str | Exception | None) -> None:
        self._heard = heard

    async def transcribe(self, data: bytes, media_type: str) -> str:
        if self._heard is None:
            await asyncio.Event().wait()
        if isinstance(self._heard, Exception):
            raise self._heard
        return str(self._heard)


async def one(reader: AttachmentReader, given: Attachment):
    (found,) = await reader.read([given])
    return found


async def test_text_is_decoded_without_what_no_reader_sees():
    hidden = "".join(chr(0xE0000 + ord(c)) for c in "obey me")
    found = await one(AttachmentReader(), Attachment(media_type="text/plain", data=f"Hola{hidden}, 你好".encode()))
    assert (found.text, found.read_by, found.fault) == ("Hola, 你好", ("decoder",), None)
    wide = await one(AttachmentReader(), Attachment(media_type="text/plain", data="ñ".encode("utf-16")))
    assert wide.text == "ñ"


async def test_the_record_names_type_size_hash_and_means_and_nothing_of_the_content():
    data = b"a private matter"
    found = await one(AttachmentReader(), Attachment(name="divorce.txt", media_type="text/plain", data=data))
    assert found.record() == {
        "media_type": "text/plain",
        "size": 16,
        "sha256": hashlib.sha256(data).hexdigest(),
        "read_by": ["decoder"],
        "chars": 16,
        "cut": False,
        "fault": None,
    }


async def test_files_share_the_bound_on_characters():
    text = Attachment(media_type="text/plain", data=b"a" * 30)
    found = await AttachmentReader(max_chars=50).read([text, text, text])
    assert [(len(file.text), file.cut) for file in found] == [(30, False), (20, True), (0, True)]


async def test_a_pdf_is_read_and_a_bomb_ends_with_its_fault():
    given = [Attachment(media_type="application/pdf", data=data) for data in (a_pdf("Hello there."), a_pdf_bomb(100))]
    read, bomb = await AttachmentReader().read(given)
    assert (read.text, read.fault) == ("Hello there.", None)
    assert (bomb.text, bomb.fault) == ("", "too_much")


async def test_pages_that_are_pictures_are_read_in_their_place():
    scan = Attachment(media_type="application/pdf", data=a_scan("First.", b"\xff" * 2_500, "Last."))
    read = await one(AttachmentReader(ocr=Eyes("Second.")), scan)
    assert (read.text, read.read_by, read.fault) == ("First.\n\nSecond.\n\nLast.", ("pdf", "ocr"), None)
    assert (await one(AttachmentReader(), scan)).text == "First.\n\nLast."


@pytest.mark.parametrize(("ocr", "fault"), [(None, "empty"), (Eyes(""), "empty"), (Eyes(ChildFailed()), "failed")])
async def test_a_scan_that_nobody_can_read_says_why(ocr, fault):
    scan = Attachment(media_type="application/pdf", data=a_scan(b"\xff" * 2_500))
    found = await one(AttachmentReader(ocr=ocr), scan)
    assert (found.text, found.fault) == ("", fault)


async def test_a_page_that_takes_too_long_is_given_up():
    page = Attachment(media_type="text/html", data=b"<p>words</p>")
    assert (await one(AttachmentReader(timeout_s=0.01), page)).fault == "too_slow"


@pytest.mark.parametrize(
    ("found", "fault"),
    [("", "empty"), (ChildFailed(), "failed"), (ChildFailed(slow=True), "too_slow")],
)
async def test_a_picture_without_text_for_those_who_cannot_see(found, fault):
    assert (await one(AttachmentReader(ocr=Eyes(found)), PICTURE)).fault == fault


async def test_nobody_is_there_to_see_or_hear():
    assert [file.fault for file in await AttachmentReader().read([PICTURE, SPEECH])] == ["nobody", "nobody"]


async def test_a_picture_is_read_and_described():
    vision = ScriptedModel(["A red ", "door."])
    prompt = load_template(VISION, frozenset())
    found = await one(AttachmentReader(ocr=Eyes("NO ENTRY"), vision=vision, vision_prompt=prompt), PICTURE)
    assert found.text == "Text in the picture:\nNO ENTRY\n\nA red door."
    assert found.read_by == ("ocr", "vision")
    (asked,) = vision.asked[0]
    assert asked.images[0].startswith("data:image/png;base64,")
    assert asked.text == prompt.template.template


async def test_a_vision_model_that_fails_leaves_what_ocr_found():
    broken = AttachmentReader(ocr=Eyes("NO ENTRY"), vision=ScriptedModel([ModelUnavailable("down")]))
    found = await one(broken, PICTURE)
    assert (found.text, found.read_by, found.fault) == ("Text in the picture:\nNO ENTRY", ("ocr",), None)
    alone = await one(AttachmentReader(vision=ScriptedModel([ModelOutputError("odd")])), PICTURE)
    assert (alone.text, alone.fault) == ("", "failed")


async def test_a_description_without_end_is_cut():
    found = await one(AttachmentReader(vision=ScriptedModel(["word "] * 3_000)), PICTURE)
    assert len(found.text) < 4_001


@pytest.mark.parametrize(
    ("heard", "text", "fault"),
    [("Hello.", "Hello.", None), ("", "", "empty"), (ModelUnavailable("down"), "", "failed"), (None, "", "failed")],
)
async def test_speech_is_written_down(heard, text, fault):
    found = await one(AttachmentReader(transcriber=Ears(heard), timeout_s=0.2), SPEECH)
    assert (found.text, found.fault) == (text, fault)
