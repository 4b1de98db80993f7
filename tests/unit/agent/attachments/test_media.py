"""What a file may be, and its bounds."""

from __future__ import annotations

import pytest

from agent.attachments.media import MAX_PIXELS, MOST, attachment, ending_of, kind_of, media_type_of, require_fit
from agent.errors import AttachmentTooLarge, InvalidAttachment, UnsupportedAttachment
from agent.models import Attachment
from tests.unit.agent.attachments.files import a_pdf, a_png, data_url, encoded


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ("text/plain; charset=utf-8", "text"),
        ("application/json", "text"),
        ("TEXT/HTML", "html"),
        ("application/pdf", "pdf"),
        ("image/jpg", "image"),
        ("audio/mp3", "audio"),
        ("application/zip", None),
        ("image/svg+xml", None),
    ],
)
def test_a_type_says_who_reads_it(declared, kind):
    assert kind_of(media_type_of(declared)) == kind


def test_the_type_comes_from_the_declaration_the_url_or_the_name():
    data = encoded(b"words")
    assert attachment(data, media_type="text/csv").media_type == "text/csv"
    assert attachment(data_url(b"words", "text/markdown")).media_type == "text/markdown"
    assert attachment(data, name="notes.YML").media_type == "application/yaml"
    assert attachment(data, name="a.txt").data == b"words"
    assert ending_of("audio/mpeg") == "mp3"


@pytest.mark.parametrize("data", ["%%%", "YWJ", "", "data:text/plain;base64,", "ü"])
def test_what_is_no_base64_or_empty_is_refused(data):
    with pytest.raises(InvalidAttachment):
        attachment(data, media_type="text/plain")


def test_a_type_that_nobody_reads_is_refused_by_name():
    with pytest.raises(UnsupportedAttachment, match="application/x-dosexec"):
        attachment(encoded(b"MZ"), media_type="application/x-dosexec")
    with pytest.raises(UnsupportedAttachment, match="unknown"):
        attachment(encoded(b"MZ"), name="nameless")


def of(data: bytes, media_type: str) -> Attachment:
    return Attachment(media_type=media_type, data=data)


def test_bytes_files_and_pixels_are_bounded():
    require_fit(
        [of(a_png(), "image/png"), of(a_pdf("x"), "application/pdf"), of("ñ".encode("utf-16"), "text/plain")], 5_000
    )
    with pytest.raises(AttachmentTooLarge, match="HANDRAIL_MAX_ATTACHMENT_BYTES"):
        require_fit([of(b"a" * 60, "text/plain"), of(b"a" * 60, "text/plain")], 100)
    with pytest.raises(AttachmentTooLarge, match=str(MOST)):
        require_fit([of(b"a", "text/plain")] * (MOST + 1), 100)
    huge = a_png(10_000, MAX_PIXELS // 10_000 + 1, whole=False)
    with pytest.raises(AttachmentTooLarge, match="pixels"):
        require_fit([of(huge, "image/png")], 5_000)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(b"%PDF-1.4", "image/png"), (a_png(), "application/pdf"), (b"\x7fELF\x00\x01", "text/plain")],
)
def test_a_file_that_is_not_of_its_type_is_refused(data, media_type):
    with pytest.raises(InvalidAttachment):
        require_fit([of(data, media_type)], 5_000)
