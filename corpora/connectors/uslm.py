"""Statutes in United States Legislative Markup: the text of each section, without the notes that swamp it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element

from corpora.connectors.base import Block, FileByFile, Found, Part, Skip, as_date, load_xml, local, text_of
from corpora.connectors.profile import SourceProfile

_NOT_LAW: Final = ("notes", "note", "sourceCredit", "toc", "footnote", "editorialNote", "ref-note")
_LEVELS: Final = ("subsection", "paragraph", "subparagraph", "clause", "subclause", "item")
_DEAD: Final = ("repealed", "omitted", "transferred", "renumbered", "reserved")


def _parse(path: str, data: bytes, source: SourceProfile) -> Iterator[Found | Skip]:
    root = load_xml(data)
    if local(root) not in ("uscDoc", "lawDoc", "bill", "resolution"):
        yield Skip(path, f"root element is `{local(root)[:40]}`; expected a document of the US Code in USLM")
        return
    created = next((as_date(each.text) for each in root.iter() if local(each) == "created"), None)
    title = next(
        (text_of(each) for each in root.iter() if local(each) == "title" and each.get("identifier") is None), ""
    )
    for section in _sections(root):
        yield _section(path, section, title, created)


def _sections(element: Element) -> Iterator[Element]:
    """Sections of the law; those quoted in notes are none."""
    for child in element:
        if local(child) == "section":
            yield child
        elif local(child) not in _NOT_LAW:
            yield from _sections(child)


def _section(path: str, section: Element, title: str, created: date | None) -> Found | Skip:
    identifier = section.get("identifier", "")
    number = " ".join(text_of(child) for child in section if local(child) == "num").rstrip(".")
    heading = " ".join(text_of(child, _NOT_LAW) for child in section if local(child) == "heading")
    status = (section.get("status") or "").lower()
    if status in _DEAD or heading.lower().lstrip("[").startswith(_DEAD):
        return Skip(path, "a section that is no longer law", number or identifier)
    parts = tuple(_parts(section, heading))
    if not parts:
        return Skip(path, "a section without text", number or identifier)
    _, _, place = identifier.partition("/us/usc/t")
    usc, _, name = place.partition("/s")
    return Found(
        path=path,
        key=identifier.strip("/").replace("/", "-") or number,
        title=f"{usc} U.S.C. {number} {heading}".strip() if usc else f"{number} {heading}",
        parts=parts,
        url=f"https://uscode.house.gov/view.xhtml?req=granuleid:USC-prelim-title{usc}-section{name}" if name else "",
        published=created,
        need=f"What the statute says about: {heading}.",
        keywords=tuple(word for word in (f"section {name}" if name else "", heading) if word),
    )


def _parts(section: Element, heading: str) -> Iterator[Part]:
    """What stands before the subsections, then each subsection by itself."""
    opening: list[Block] = []
    for child in section:
        if local(child) in ("subsection", "paragraph"):
            if local(child) == "paragraph" or not _own(child, "num"):
                opening += _blocks(child)
                continue
            label, name = _own(child, "num"), _own(child, "heading")
            yield Part(f"{label} {name}".strip() if name else f"{label} {heading}", tuple(_blocks(child, top=True)))
        elif local(child) not in (*_NOT_LAW, "num", "heading"):
            opening += [Block(text)] if (text := text_of(child, _NOT_LAW)) else []
    if opening:
        yield Part(heading, tuple(opening))


def _blocks(level: Element, *, top: bool = False) -> Iterator[Block]:
    """The text of a level, then of the levels below it, as bullets with their numbers."""
    own = [] if top else [_own(level, "num"), _own(level, "heading")]
    below: list[Block] = []
    for child in level:
        if local(child) in _LEVELS:
            below += _blocks(child)
        elif local(child) == "continuation":
            below.append(Block(text_of(child, _NOT_LAW)))
        elif local(child) not in (*_NOT_LAW, "num", "heading"):
            own.append(text_of(child, _NOT_LAW))
    text = " ".join(piece for piece in own if piece)
    if text:
        yield Block(text, "prose" if top else "bullet")
    yield from below


def _own(level: Element, name: str) -> str:
    return " ".join(text_of(child, _NOT_LAW) for child in level if local(child) == name)


USLM: Final = FileByFile(_parse, ".xml")
