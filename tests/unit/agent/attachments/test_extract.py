"""Text out of pages and PDFs, as a program of its own."""

from __future__ import annotations

import io
import json
import zlib

from pypdf import PdfWriter

from agent.attachments import child, extract
from agent.attachments.extract import html, pdf
from tests.unit.agent.attachments.files import a_pdf, a_scan

PAGE = b"""<html><head><script>steal()</script></head><body><nav>Home Shop</nav><article><h1>Apples</h1>
<p>Apples cost two pounds a kilo in this shop, and pears cost three pounds a kilo this week.</p></article></body></html>"""


def locked() -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def test_the_main_text_of_a_page():
    found = html(PAGE, 1_000)
    assert "Apples cost two pounds" in found.text
    assert "steal" not in found.text
    assert html(PAGE, 10) == (html(PAGE, 1_000).text[:10], True, None, ())


def test_a_page_without_a_main_text_is_read_whole():
    assert html(b"<p>Hi", 100).text == "Hi"


def test_the_text_of_a_pdf():
    assert pdf(a_pdf("One line.", "Another."), 100) == ("One line.\nAnother.", False, None, ())
    assert pdf(a_pdf("One line.", "Another."), 5) == ("One l", True, None, ())


def test_a_pdf_that_cannot_be_read_says_why():
    assert pdf(locked(), 100).fault == "locked"
    assert pdf(b"%PDF-1.4 and no more", 100).fault == "damaged"
    packed = zlib.compress(b"BT (a) Tj ET\n" * 7_000_000, 9)
    assert pdf(a_pdf(content=packed, extra="/Filter /FlateDecode "), 100).fault == "too_much"


def test_the_pictures_of_pages_without_text_are_given_with_their_places():
    scan = a_scan("First.", b"\xff" * 2_500, "Last.")
    assert pdf(scan, 100).pictures == ()
    found = pdf(scan, 100, pictures=True)
    assert found.text == "First.\n\nLast."
    assert [place for place, _ in found.pictures] == [6]


def test_pictures_are_bounded_in_number(monkeypatch):
    monkeypatch.setattr(extract, "MAX_PICTURES", 1)
    found = pdf(a_scan(b"\xff" * 2_500, b"\xff" * 2_500), 100, pictures=True)
    assert (len(found.pictures), found.cut) == (1, True)


async def test_it_is_a_program():
    command, environ = child.python(extract.__name__, "pdf", "100")
    out = await child.run(command, a_pdf("Hello."), timeout_s=30, environ=environ)
    assert json.loads(out) == {"text": "Hello.", "cut": False, "fault": None, "pictures": []}
