"""Translations in gettext catalogues (``.po``), as po4a makes them of Markdown: one document for each page and language.

Only what somebody has translated and checked is taken: fuzzy and empty entries stay out, and are counted.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import polib

from corpora.connectors.base import Block, FileByFile, Found, Part, Skip, as_date, decode
from corpora.connectors.markup import read_markdown
from corpora.connectors.profile import SourceProfile
from corpora.errors import UnreadableSource

_TITLE: Final = re.compile(r"type: Title (#+|=+|-+)")
_BULLET: Final = re.compile(r"type: Bullet")
_FRONT: Final = re.compile(r"type: YAML Front Matter|type: Hash Value - (?P<key>\w+)")
_PAGE: Final = re.compile(r"[\w./-]+\.(?:md|html|txt|adoc)\b")


def _parse(path: str, data: bytes, source: SourceProfile) -> Iterator[Found | Skip]:
    text = decode(data)
    try:
        catalogue = polib.pofile(text) if "\n" in text else polib.POFile()
    except (OSError, ValueError, UnicodeError) as error:
        raise UnreadableSource(f"not a gettext catalogue: {str(error).splitlines()[0]}") from error
    language = (catalogue.metadata.get("Language", "") or path.split(".")[-2].rpartition("/")[2]).lower()
    pages: dict[str, list[polib.POEntry]] = defaultdict(list)
    unfinished: dict[str, int] = defaultdict(int)
    for entry in catalogue:
        for page in dict.fromkeys(_PAGE.findall(" ".join(name for name, _ in entry.occurrences))):
            if entry.obsolete or entry.fuzzy or not entry.msgstr.strip():
                unfinished[page] += not entry.obsolete
            else:
                pages[page].append(entry)
    if not pages:
        yield Skip(path, "has no translated entry that belongs to a page")
    published = as_date(catalogue.metadata.get("PO-Revision-Date", ""))
    for page, entries in pages.items():
        if count := unfinished[page]:
            yield Skip(path, "an entry that is not translated, or not checked", f"{page}: {count} entries")
        title, parts = _read(entries)
        stem = page.rsplit(".", 1)[0]
        yield Found(
            path=path,
            key=f"{stem}-{language}",
            title=title or stem,
            parts=parts,
            url=source.url_of(page),
            published=published,
        )


def _read(entries: list[polib.POEntry]) -> tuple[str, tuple[Part, ...]]:
    """The title and the parts of a page, from its entries in order."""
    title = ""
    parts: list[Part] = []
    heading = ""
    blocks: list[Block] = []
    for entry in entries:
        comment = entry.comment
        if _FRONT.search(comment):
            if "title" in comment:
                title = entry.msgstr.strip()
        elif _TITLE.search(comment):
            if blocks:
                parts.append(Part(heading, tuple(blocks)))
            heading, blocks = entry.msgstr.strip(), []
            # Ids of headings are those of the original, which links in all languages use.
            if given := re.search(r"\{#[\w-]+\}\s*$", entry.msgid):
                heading = re.sub(r"\s*\{#[^}]*\}\s*$", "", heading) + f" {given[0].strip()}"
        elif "Fenced code block" not in comment:
            kind = "bullet" if _BULLET.search(comment) else None
            for part in read_markdown(entry.msgstr).parts:
                blocks += [Block(block.text, "bullet" if kind else block.kind) for block in part.blocks]
    if blocks:
        parts.append(Part(heading, tuple(blocks)))
    return title, tuple(part if part.heading else part._replace(heading=title) for part in parts)


GETTEXT: Final = FileByFile(_parse, ".po")
