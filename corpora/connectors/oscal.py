"""Catalogues of controls in OSCAL JSON: what a control asks, why, and how an assessor sees that it holds.

A control and each of its enhancements is a document of its own, so that catalogues of several baselines meet in the same
documents. Parameters are written out as what an organisation has to choose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from corpora.connectors.base import Block, FileByFile, Found, Part, Skip, as_date, as_text, load_json, rows
from corpora.connectors.markup import plain
from corpora.connectors.profile import SourceProfile

_INSERT: Final = re.compile(
    r"\{\{\s*(?:insert:\s*)?param(?:eter)?,?\s*([\w.-]+)\s*\}\}|\[(?:Assignment|Selection):?\s*"
)
_PARTS: Final = {
    "statement": "What the control asks",
    "guidance": "What it means",
    "assessment-objective": "How to see that it holds",
    "objective": "How to see that it holds",
}


def _parse(path: str, data: bytes, source: SourceProfile) -> Iterator[Found | Skip]:
    document = load_json(data)
    catalogue = document.get("catalog") if isinstance(document, dict) else None
    if not isinstance(catalogue, dict):
        yield Skip(path, "is no OSCAL catalogue")
        return
    metadata = catalogue.get("metadata", {})
    edition = re.match(r"\d+", as_text(metadata.get("version")))
    reader = _Reader(path, f"r{edition[0]}" if edition else "r", as_text(metadata.get("title")))
    published = as_date(metadata.get("last-modified"))
    for group in (*rows(catalogue.get("groups")), catalogue):
        for control in rows(group.get("controls")):
            for found in reader.controls(control, as_text(group.get("title"))):
                yield found._replace(published=published) if isinstance(found, Found) else found


class _Reader:
    """Controls of one catalogue."""

    def __init__(self, path: str, edition: str, title: str) -> None:
        self._path = path
        self._edition = edition
        self._title = title

    def controls(self, control: dict[str, Any], above: str) -> Iterator[Found | Skip]:
        """The control and its enhancements, at any depth."""
        label = _label(control)
        name = as_text(control.get("title"))
        if _is_withdrawn(control):
            yield Skip(self._path, "a withdrawn control", label)
        else:
            texts = {as_text(param.get("id")): _parameter(param) for param in rows(control.get("params"))}
            parts = tuple(self._parts(control, texts))
            yield Found(
                path=self._path,
                key=f"{self._edition}/{as_text(control.get('id'))}",
                title=f"{label} {name} ({above})",
                parts=parts,
                need=f"The security control {label} {name} of {self._title}: what it asks and how to see that it holds.",
                keywords=(label, name, above),
            )
        for enhancement in rows(control.get("controls")):
            yield from self.controls(enhancement, name)

    def _parts(self, control: dict[str, Any], texts: dict[str, str]) -> Iterator[Part]:
        by_name: dict[str, list[Block]] = {}
        for part in rows(control.get("parts")):
            if (name := as_text(part.get("name"))) in _PARTS:
                by_name.setdefault(_PARTS[name], []).extend(_blocks(part, texts, nested=False))
        for heading, blocks in by_name.items():
            yield Part(heading, tuple(blocks))


def _blocks(part: dict[str, Any], texts: dict[str, str], *, nested: bool) -> Iterator[Block]:
    """The prose of a part and of its items; an item that only leads over to others is said once, before them."""
    prose = plain(_filled(as_text(part.get("prose")), texts)).replace("\n", " ")
    if prose:
        yield Block(prose, "bullet" if nested else "prose")
    for item in rows(part.get("parts")):
        yield from _blocks(item, texts, nested=True)


def _filled(prose: str, texts: dict[str, str], depth: int = 3) -> str:
    """``prose`` with every parameter written out; a parameter may name others."""
    if depth == 0 or "{{" not in prose:
        return _INSERT.sub("", prose)
    return _filled(
        _INSERT.sub(lambda match: texts.get(match[1] or "", "what the organisation defines"), prose), texts, depth - 1
    )


def _parameter(param: dict[str, Any]) -> str:
    select = param.get("select")
    if isinstance(select, dict) and isinstance(select.get("choice"), list):
        return "one of: " + " / ".join(as_text(choice) for choice in select["choice"])
    label = as_text(param.get("label")) or "what applies"
    return label if label.startswith("organization-defined") else f"organization-defined {label}"


def _label(control: dict[str, Any]) -> str:
    labels = [
        as_text(prop.get("value"))
        for prop in rows(control.get("props"))
        if prop.get("name") == "label" and prop.get("class") is None
    ]
    return labels[0] if labels else as_text(control.get("id")).upper()


def _is_withdrawn(control: dict[str, Any]) -> bool:
    return any(
        as_text(prop.get("name")) == "status" and as_text(prop.get("value")).lower() == "withdrawn"
        for prop in rows(control.get("props"))
    )


OSCAL: Final = FileByFile(_parse, ".json")
