"""Requirements of the OWASP Application Security Verification Standard in JSON, of edition 4 and 5.

A document is one section of the standard; each requirement is a section of it. Only the nested file is read: the flat one
repeats it, and so does the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from corpora.connectors.base import Block, FileByFile, Found, Part, Skip, as_text, load_json, rows
from corpora.connectors.markup import blocks_of
from corpora.connectors.profile import SourceProfile

_LANGUAGE: Final = re.compile(r"docs_([a-z]{2}(?:-[a-z]{2})?)/|[-_]([a-z]{2}(?:-[a-z]{2})?)\.json$")
_DEAD: Final = re.compile(r"^\W*\[?\s*(?:deleted|merged|moved|split|removed|not used|grammar)", re.IGNORECASE)


def _parse(path: str, data: bytes, source: SourceProfile) -> Iterator[Found | Skip]:
    if path.endswith((".flat.json", ".cdx.json")):
        yield Skip(path, "repeats the nested file of the same edition")
        return
    standard = load_json(data)
    if not isinstance(standard, dict) or not rows(standard.get("Requirements")):
        yield Skip(path, "is no standard with requirements")
        return
    named = re.search(r"\d+\.\d+(?:\.\d+)?", path.rpartition("/")[2])
    edition = as_text(standard.get("Version")) or (named[0] if named else "")
    language = next((found for match in [_LANGUAGE.search(path)] if match for found in match.groups() if found), "en")
    for chapter in rows(standard["Requirements"]):
        for section in rows(chapter.get("Items")):
            yield from _section(path, edition, language, chapter, section)


def _section(
    path: str, edition: str, language: str, chapter: dict[str, Any], section: dict[str, Any]
) -> Iterator[Found | Skip]:
    place = _numbers(section, _numbers(chapter, ()))
    parts: list[Part] = []
    for requirement in rows(section.get("Items")):
        number = _numbers(requirement, place)
        text = " ".join(block.text for block in blocks_of(as_text(requirement.get("Description"))))
        if len(number) != 3:
            shown = as_text(requirement.get("Shortcode"))
            yield Skip(
                path, "an id that does not belong to its section", f"`{shown[:20]}` in {_code(place)}", fault=True
            )
        elif not text or _DEAD.match(text):
            yield Skip(path, "a requirement that this edition has dropped", _code(number))
        else:
            parts.append(Part(f"{_code(number)} {{#{'-'.join(number)}}}", (Block(text),)))
    if not parts:
        return
    name, above = as_text(section.get("Name")), as_text(chapter.get("Name"))
    key = f"{edition}-{_code(place)}" if edition else _code(place)
    yield Found(
        path=path,
        key=key if language == "en" else f"{key}-{language}",
        title=" ".join(filter(None, ("ASVS", edition, _code(place), name)))
        + (f" ({above})" if above not in ("", name) else ""),
        parts=tuple(parts),
        need=f"What to verify in an application for {name or above}.",
        keywords=tuple(word for word in (_code(place), name, above) if word),
        translation_of="" if language == "en" else key,
    )


def _numbers(item: dict[str, Any], above: Sequence[str]) -> tuple[str, ...]:
    """The numbers in the id of a chapter, section or requirement that stands in ``above``; empty where it does not.

    Arabic editions turn ids around: ``5.3`` is section 3.5, and ``1.5.3`` its first requirement.
    """
    numbers = tuple(re.findall(r"\d+", as_text(item.get("Shortcode"))))
    for each in (numbers, numbers[::-1]):
        if len(each) == len(above) + 1 and each[: len(above)] == tuple(above):
            return each
    return ()


def _code(numbers: Sequence[str]) -> str:
    return f"V{'.'.join(numbers)}"


ASVS: Final = FileByFile(_parse, ".json")
