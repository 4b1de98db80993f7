"""Text in pictures, by a program that stands in for tesseract; and by tesseract, where it is installed."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pytest

from agent.attachments.child import ChildFailed
from agent.attachments.ocr import Tesseract, open_ocr
from agent.attachments.reader import AttachmentReader
from agent.errors import SettingsError
from agent.models import Attachment
from tests.unit.agent.attachments.files import a_png, a_scan


def stand_in(folder: Path, code: str) -> str:
    """A program that lists English and Arabic, and otherwise does this."""
    program = folder / "tesseract"
    lists = "import sys\nif sys.argv[1:] == ['--list-langs']:\n    print('List of languages (2):\\neng\\nara')\n    sys.exit()\n"
    program.write_text(f"#!{sys.executable}\n{lists}{code}\n")
    program.chmod(0o755)
    return str(program)


async def test_the_lines_of_the_picture_are_read_in_the_languages_that_are_installed(tmp_path):
    ocr = open_ocr(stand_in(tmp_path, "print(' Two words \\n\\n', sys.argv[4])"), "eng+spa+ara")
    assert await ocr.read(a_png(), timeout_s=10) == "Two words\neng+ara"


async def test_specks_are_no_text(tmp_path):
    assert await Tesseract(stand_in(tmp_path, "print('- . i |')"), "eng").read(a_png(), timeout_s=10) == ""


async def test_a_picture_that_it_cannot_read_fails(tmp_path):
    with pytest.raises(ChildFailed):
        await Tesseract(stand_in(tmp_path, "sys.exit(1)"), "eng").read(a_png(), timeout_s=10)


def test_it_can_be_off_missing_or_wrong(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert open_ocr("auto", "eng") is None
    assert open_ocr("off", "eng") is None
    with pytest.raises(SettingsError, match="HANDRAIL_OCR"):
        open_ocr("/nowhere/tesseract", "eng")
    assert open_ocr(stand_in(tmp_path, ""), "kor") is None


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
async def test_a_white_picture_has_no_text():
    ocr = open_ocr("auto", "eng")
    assert ocr is not None
    assert await ocr.read(a_png(200, 100), timeout_s=30) == ""


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
async def test_words_in_a_picture_and_on_a_scanned_page_are_read():
    drawing = pytest.importorskip("PIL.ImageDraw", reason="words are drawn with Pillow")
    pillow, fonts = pytest.importorskip("PIL.Image"), pytest.importorskip("PIL.ImageFont")
    sheet = pillow.new("L", (900, 200), 255)
    drawing.Draw(sheet).text((40, 60), "Keep out of reach of children", fill=0, font=fonts.load_default(size=48))
    png = io.BytesIO()
    sheet.save(png, "PNG")
    ocr = open_ocr("auto", "eng")
    assert ocr is not None
    assert await ocr.read(png.getvalue(), timeout_s=60) == "Keep out of reach of children"
    scan = Attachment(media_type="application/pdf", data=a_scan(sheet.tobytes(), across=900, down=200))
    (found,) = await AttachmentReader(ocr=ocr, timeout_s=120).read([scan])
    assert found.text == "Keep out of reach of children"
