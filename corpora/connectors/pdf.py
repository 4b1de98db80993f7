"""PDF files with a layer of text, through pypdf. A scan without one is named, never guessed at."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from corpora.connectors.base import Block, FileByFile, Found, Part, Skip, as_date
from corpora.connectors.profile import SourceProfile
from corpora.errors import UnreadableSource

MIN_LETTERS: Final = 40
"""A file with fewer letters a page on average is a scan."""
MAX_PAGES: Final = 1_500

_HYPHEN: Final = re.compile(r"(?<=[^\W\d_])[-\u00ad]\n(?=[a-zà-ÿ])")
_NUMBER: Final = re.compile(r"^\W*(?:page\s+)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?\W*$", re.IGNORECASE)
_ENDS: Final = re.compile(r"[.!?:;。！？؟…][\"'”’)\]]*$")
_BULLET: Final = re.compile(r"^\s*[•▪◦‣●■–]\s+")


def _parse(path: str, data: bytes, source: SourceProfile) -> Iterator[Found | Skip]:
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableSource("is locked with a password")
        if len(reader.pages) > MAX_PAGES:
            raise UnreadableSource(f"has `{len(reader.pages)}` pages; expected at most {MAX_PAGES}; split it up")
        # Typesetters join letters, as in `ﬂoor`; searches look for the letters.
        pages = [unicodedata.normalize("NFKC", page.extract_text()) for page in reader.pages]
        title = str((reader.metadata and reader.metadata.title) or "").strip()
        created = reader.metadata.creation_date if reader.metadata else None
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, RecursionError) as error:
        # pypdf meets broken files with whatever its parser stumbles over.
        raise UnreadableSource(
            f"not a readable PDF: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        ) from error
    if sum(map(str.isalpha, "".join(pages))) < MIN_LETTERS * max(1, len(pages)):
        raise UnreadableSource(f"holds no text on its {len(pages)} pages; it is a scan, run OCR over it first")
    stem = path.rsplit(".", 1)[0]
    parts = tuple(
        Part(f"Page {number}", tuple(_blocks(text))) for number, text in enumerate(_without_margins(pages), start=1)
    )
    yield Found(path=path, key=stem, title=title or stem.rpartition("/")[2], parts=parts, published=as_date(created))


def _without_margins(pages: list[str]) -> list[str]:
    """Pages without page numbers, and without first and last lines that most of them share."""
    lined = [[line.strip() for line in page.split("\n") if line.strip() and not _NUMBER.match(line)] for page in pages]
    for end in (0, -1):
        edges = [lines[end] for lines in lined if lines]
        for line in {edge for edge in edges if len(pages) > 2 and edges.count(edge) > len(pages) / 2}:
            lined = [
                lines[1:]
                if end == 0 and lines[:1] == [line]
                else lines[:-1]
                if end == -1 and lines[-1:] == [line]
                else lines
                for lines in lined
            ]
    return ["\n".join(lines) for lines in lined]


def _blocks(text: str) -> Iterator[Block]:
    """Paragraphs: a line that ends a sentence before the margin ends one."""
    lines = _HYPHEN.sub("", text).split("\n")
    width = max(map(len, lines), default=0)
    run: list[str] = []
    for line in lines:
        if _BULLET.match(line) and run:
            yield _block(run)
            run = []
        run.append(line)
        if _ENDS.search(line) and len(line) < 0.8 * width:
            yield _block(run)
            run = []
    if run:
        yield _block(run)


def _block(lines: list[str]) -> Block:
    text = " ".join(lines)
    bare = _BULLET.sub("", text)
    return Block(bare, "bullet" if bare != text else "prose")


PDF: Final = FileByFile(_parse, ".pdf")
