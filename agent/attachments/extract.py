"""Text out of a page or a PDF, as a program: the file on its standard input, a JSON object on its standard output.

``python -m agent.attachments.extract KIND MAX_CHARS``, where KIND is ``html``, ``pdf`` or ``pdf+pictures``. It runs apart from the service (``child``), so that a file that unpacks
without end takes nothing with it.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import sys
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from agent.attachments.pictures import pictures_on

if TYPE_CHECKING:
    from pypdf import PageObject

MAX_PAGES: Final = 2_000
MAX_PICTURES: Final = 20
"""Of the pages without text."""
MAX_PICTURE_BYTES: Final = 30_000_000
"""Of all of them together."""
_BROKEN: Final = (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError)
"""What parsers stumble over in broken files."""

Fault = Literal["locked", "damaged", "too_much"]


class Extract(NamedTuple):
    """What was read."""

    text: str
    cut: bool = False
    """There is more than was wanted."""
    fault: Fault | None = None
    pictures: tuple[tuple[int, str], ...] = ()
    """Of pages without text: where in the text each stands, and the file in base64."""


def html(data: bytes, max_chars: int) -> Extract:
    """The main text of a page; where none can be told from menus and banners, all that a reader sees."""
    import trafilatura

    from corpora.connectors.markup import plain

    page = data.decode("utf-8-sig", "replace")
    try:
        text = trafilatura.extract(page, output_format="markdown", include_tables=True, include_comments=True)
        text = text or plain(page)
    except MemoryError:
        return Extract("", fault="too_much")
    except (*_BROKEN, RecursionError):
        return Extract("", fault="damaged")
    return Extract(text[:max_chars], cut=len(text) > max_chars)


def pdf(data: bytes, max_chars: int, *, pictures: bool = False) -> Extract:
    """The layer of text, page by page until there is enough of it; with ``pictures`` those of pages that have none."""
    from pypdf import PdfReader
    from pypdf.errors import LimitReachedError, PyPdfError

    text, room = "", MAX_PICTURE_BYTES
    seen: list[tuple[int, str]] = []
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return Extract("", fault="locked")
        for number, page in enumerate(reader.pages):
            # Typesetters join letters, as in `ﬂoor`.
            words = unicodedata.normalize("NFKC", page.extract_text()).strip()
            text += ("\n\n" if text and words else "") + words
            for picture in _pictures(page) if pictures and not words else ():
                if len(seen) == MAX_PICTURES or len(picture) > room:
                    return Extract(text[:max_chars], cut=True, pictures=tuple(seen))
                room -= len(picture)
                seen.append((len(text), base64.b64encode(picture).decode("ascii")))
            if len(text) > max_chars or number >= MAX_PAGES:
                return Extract(text[:max_chars], cut=True, pictures=tuple(seen))
    except (LimitReachedError, MemoryError, RecursionError):
        return Extract("", fault="too_much")
    except (PyPdfError, *_BROKEN):
        return Extract("", fault="damaged")
    return Extract(text, pictures=tuple(seen))


def _pictures(page: PageObject) -> Iterator[bytes]:
    """Those that can be read; one in an odd form takes nothing of the rest of the file with it."""
    from pypdf.errors import DependencyError, PyPdfError

    try:
        yield from pictures_on(page)
    except (PyPdfError, DependencyError, NotImplementedError, *_BROKEN):
        return


def main(kind: str, max_chars: int) -> None:
    """Read the one, write the other."""
    logging.disable()
    data = sys.stdin.buffer.read()
    found = html(data, max_chars) if kind == "html" else pdf(data, max_chars, pictures=kind == "pdf+pictures")
    sys.stdout.write(json.dumps(found._asdict()))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
