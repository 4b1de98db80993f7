"""Text out of a page or a PDF, as a program: the file on its standard input, a JSON object on its standard output.

``python -m agent.attachments.extract KIND MAX_CHARS``. It runs apart from the service (``child``), so that a file that unpacks
without end takes nothing with it.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import unicodedata
from typing import Final, Literal, NamedTuple

MAX_PAGES: Final = 2_000
_BROKEN: Final = (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError)
"""What parsers stumble over in broken files."""

Fault = Literal["locked", "damaged", "too_much"]


class Extract(NamedTuple):
    """What was read."""

    text: str
    cut: bool = False
    """There is more than was wanted."""
    fault: Fault | None = None


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


def pdf(data: bytes, max_chars: int) -> Extract:
    """The layer of text, page by page until there is enough of it."""
    from pypdf import PdfReader
    from pypdf.errors import LimitReachedError, PyPdfError

    pages: list[str] = []
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return Extract("", fault="locked")
        for number, page in enumerate(reader.pages):
            # Typesetters join letters, as in `ﬂoor`.
            pages.append(unicodedata.normalize("NFKC", page.extract_text()).strip())
            if sum(map(len, pages)) > max_chars or number >= MAX_PAGES:
                return Extract("\n\n".join(pages)[:max_chars], cut=True)
    except (LimitReachedError, MemoryError, RecursionError):
        return Extract("", fault="too_much")
    except (PyPdfError, *_BROKEN):
        return Extract("", fault="damaged")
    return Extract("\n\n".join(page for page in pages if page))


def main(kind: str, max_chars: int) -> None:
    """Read the one, write the other."""
    logging.disable()
    found = (pdf if kind == "pdf" else html)(sys.stdin.buffer.read(), max_chars)
    sys.stdout.write(json.dumps(found._asdict()))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
