"""Pictures on the pages of a PDF."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from agent.attachments.images import size_of
from agent.attachments.pictures import pictures_on
from tests.unit.agent.attachments.files import a_pdf, a_scan

GREY, COLOUR = b"\xff" * 2_500, b"\xff" * 7_500


def found(data: bytes) -> list[bytes]:
    return [picture for page in PdfReader(io.BytesIO(data)).pages for picture in pictures_on(page)]


@pytest.mark.parametrize(("pixels", "space"), [(GREY, "/DeviceGray"), (COLOUR, "/DeviceRGB")])
def test_plain_pixels_become_a_picture_file(pixels, space):
    (picture,) = found(a_scan(pixels, space=space))
    assert size_of(picture) == (50, 50)


def test_a_picture_that_is_a_file_stays_as_it_is():
    assert found(a_scan(b"\xff\xd8 a photo", packed="/Filter /DCTDecode")) == [b"\xff\xd8 a photo"]


@pytest.mark.parametrize(
    "page",
    [
        a_scan(GREY, across=30),
        a_scan(GREY, across=90_000, down=90_000),
        a_scan(GREY[:100]),
        a_scan(GREY, space="/DeviceCMYK"),
        a_pdf("words"),
    ],
)
def test_what_is_small_huge_short_or_in_another_form_is_left_out(page):
    assert found(page) == []
