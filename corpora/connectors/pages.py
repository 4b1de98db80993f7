"""Web pages, saved as HTML: trafilatura finds the text among menus and banners, and what the page says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from corpora.connectors.base import FileByFile, Found, Skip, as_date, decode
from corpora.connectors.markup import read_markdown
from corpora.connectors.profile import SourceProfile
from corpora.errors import UnreadableSource

MAX_PAGE: Final = 5_000_000
"""Bytes of a page. A larger one is a download, and would take a minute to read."""


def _parse(path: str, data: bytes, source: SourceProfile) -> Iterator[Found | Skip]:
    if len(data) > MAX_PAGE:
        raise UnreadableSource(f"the page has `{len(data)}` bytes; expected at most {MAX_PAGE}")
    text = decode(data)
    import trafilatura  # takes a second to load, and only this connector needs it

    words = trafilatura.extract(text, output_format="markdown", include_tables=True, include_comments=False)
    if not words:
        yield Skip(path, "has no main text that could be found", fault=True)
        return
    about = trafilatura.extract_metadata(text)
    title = about.title or path.rpartition("/")[2].rsplit(".", 1)[0]
    yield Found(
        path=path,
        key=path.rsplit(".", 1)[0],
        title=title,
        parts=read_markdown(words, title).parts,
        url=about.url or "",
        published=as_date(about.date or ""),
        need=about.description or "",
    )


PAGES: Final = FileByFile(_parse, ".html", ".htm", ".xhtml")
