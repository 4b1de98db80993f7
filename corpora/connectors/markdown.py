"""Pages of a Git tree of Markdown, with front matter or without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from corpora.connectors.base import (
    Found,
    Skip,
    SourceFolder,
    as_date,
    as_text,
    load_yaml,
)
from corpora.connectors.markup import plain, read_markdown
from corpora.connectors.profile import SourceProfile
from corpora.errors import UnreadableSource

_FRONT: Final = re.compile(r"\A---[ \t]*\n(?P<front>.*?)^(?:---|\.\.\.)[ \t]*\n?", re.DOTALL | re.MULTILINE)
_LOCALE: Final = re.compile(r"^(?:[a-z]{2}|[a-z]{2}[-_][A-Za-z]{2,4})$")
_SUFFIX: Final = re.compile(r"[-_.](?:[a-z]{2}|[a-z]{2}[-_][A-Za-z]{2,4})$")
_NO_LOCALES: Final = frozenset({"to", "in", "of", "os", "ai", "ml", "as", "docs", "md", "it's", "po", "bb", "io"})
_DATES: Final = ("date", "last_modified_at", "updated", "lastmod", "published", "versionDate")


class Markdown:
    """Reads every Markdown file as one document."""

    suffixes = (".md", ".markdown")

    def find(self, folder: SourceFolder, source: SourceProfile) -> Iterator[Found | Skip]:
        """Every page; what is the same text as another page is left out."""
        paths = folder.paths(self.suffixes)
        known = frozenset(paths)
        for path in paths:
            if reason := source.leaves_out(path):
                yield Skip(path, reason)
                continue
            try:
                yield from _page(path, folder.text(path), known)
            except UnreadableSource as error:
                yield Skip(path, str(error), fault=True)


def _page(path: str, text: str, known: frozenset[str]) -> Iterator[Found | Skip]:
    front, body = split_front(text)
    if front.get("draft") is True:
        yield Skip(path, "says itself that it is a draft")
        return
    title = plain(as_text(front.get("title"))).replace("\n", " ")
    page = read_markdown(body, title or _name(path))
    if not page.parts:
        yield Skip(path, "has no text of its own" if not page.code_blocks else "is code only")
        return
    yield Found(
        path=path,
        key=path.rsplit(".", 1)[0],
        title=title or page.title or _name(path),
        parts=page.parts,
        url=moved if (moved := as_text(front.get("redirect_to"))).startswith("https://") else "",
        published=next((day for name in _DATES if (day := as_date(front.get(name)))), None),
        need=plain(as_text(front.get("description"))).replace("\n", " "),
        translation_of=original_of(path, known),
    )


def split_front(text: str) -> tuple[dict[str, Any], str]:
    """The front matter of a page, empty when there is none, and what follows. Raises ``UnreadableSource``."""
    match = _FRONT.match(text)
    if match is None:
        return {}, text
    data = load_yaml(match["front"], first_line=2)
    if data is not None and not isinstance(data, dict):
        raise UnreadableSource("line 2: the front matter is no mapping; expected lines such as `title: Example`")
    return data or {}, text[match.end() :]


def original_of(path: str, known: frozenset[str]) -> str:
    """Key of the page that ``path`` translates, by its place: ``es/legal.md`` of ``legal.md``; empty when none is there."""
    parts = path.split("/")
    stem, _, suffix = parts[-1].rpartition(".")
    candidates = [
        [*parts[:at], *other, *parts[at + 1 :]]
        for at, part in enumerate(parts[:-1])
        if _LOCALE.match(part) and part not in _NO_LOCALES and part != "en"
        for other in ([], ["en"])
    ]
    if match := _SUFFIX.search(stem):
        bare = stem[: match.start()]
        candidates += [[*parts[:-1], f"{name}.{suffix}"] for name in (bare, f"{bare}.en", f"{bare}-en")]
    found = ("/".join(each) for each in candidates if "/".join(each) in known and "/".join(each) != path)
    return next((each.rsplit(".", 1)[0] for each in found), "")


def _name(path: str) -> str:
    """A title made from the name of the file, or from its folder where the name says nothing."""
    parts = path.rsplit(".", 1)[0].split("/")
    name = parts[-2] if len(parts) > 1 and re.fullmatch(r"index|_index|content[-_]?\d*|raw", parts[-1]) else parts[-1]
    words = re.sub(r"[-_]+", " ", name).strip()
    return words[:1].upper() + words[1:]
