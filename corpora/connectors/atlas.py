"""Mitigations of MITRE ATLAS in YAML: what each is, and how it helps against each technique.

Techniques, tactics and case studies tell how attacks are made: their names are used, their prose is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from corpora.connectors.base import Block, FileByFile, Found, Part, Skip, as_date, as_text, decode, load_yaml, rows
from corpora.connectors.markup import blocks_of
from corpora.connectors.profile import SourceProfile

_REFERENCE: Final = re.compile(r"\{\{\s*(\w+)(?:\.\w+)?\s*\}\}")


def _parse(path: str, data: bytes, source: SourceProfile) -> Iterator[Found | Skip]:
    value = load_yaml(decode(data))
    matrices = rows(value.get("matrices")) if isinstance(value, dict) else []
    if not matrices:
        yield Skip(path, "is no ATLAS file with matrices; the one in `dist` holds everything")
        return
    for matrix in matrices:
        techniques = {as_text(each.get("id")): as_text(each.get("name")) for each in rows(matrix.get("techniques"))}
        for kind in ("tactics", "techniques"):
            yield from (Skip(path, "prose about attacks", as_text(each.get("id"))) for each in rows(matrix.get(kind)))
        for mitigation in rows(matrix.get("mitigations")):
            yield _mitigation(path, mitigation, techniques)
    yield from (Skip(path, "prose about attacks", as_text(each.get("id"))) for each in rows(value.get("case-studies")))


def _mitigation(path: str, mitigation: dict[str, Any], techniques: dict[str, str]) -> Found:
    code, name = as_text(mitigation.get("id")), as_text(mitigation.get("name"))
    parts = [Part(name, blocks_of(str(mitigation.get("description") or "")))]
    for technique in rows(mitigation.get("techniques")):
        target = techniques.get(as_text(technique.get("id")), as_text(technique.get("id")))
        text = _REFERENCE.sub(r"\1", as_text(technique.get("use")))
        parts.append(
            Part(f"Against {target} {{#{as_text(technique.get('id')).lower().replace('.', '-')}}}", (Block(text),))
        )
    return Found(
        path=path,
        key=code,
        title=f"{name} ({code})",
        parts=tuple(parts),
        url=f"https://atlas.mitre.org/mitigations/{code}",
        published=as_date(mitigation.get("modified_date")) or as_date(mitigation.get("created_date")),
        need=f"How to protect a system that uses machine learning: {name}.",
        keywords=(code, name),
    )


ATLAS: Final = FileByFile(_parse, ".yaml", ".yml")
