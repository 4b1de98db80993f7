"""What licences ask and allow, from metadata: choosealicense (front matter of each licence) and the OSLC handbook (YAML).

The text of a licence itself is left out: it is its owner's, and the metadata says in plain words what it asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from corpora.connectors.base import Block, Found, Part, Skip, SourceFolder, as_text, decode, load_yaml, rows
from corpora.connectors.markdown import split_front
from corpora.connectors.markup import blocks_of
from corpora.connectors.profile import SourceProfile
from corpora.errors import UnreadableSource

_RULES: Final = "rules.yml"
_KINDS: Final = {
    "permissions": "What the licence permits",
    "conditions": "What the licence asks in return",
    "limitations": "What the licence does not give",
}
_USES: Final = {
    "UB": "unmodified binaries",
    "MB": "modified binaries",
    "US": "unmodified source",
    "MS": "modified source",
}
"""The four ways of distributing that the handbook tells apart."""
_TERMS: Final = {"condition": "Conditions", "termination": "When the licence ends", "other": "Other terms"}

Rules = dict[str, dict[str, str]]


class Licences:
    """Reads both forms; the rules of choosealicense are one table for all of its licences."""

    suffixes = (".txt", ".yaml", ".yml")

    def find(self, folder: SourceFolder, source: SourceProfile) -> Iterator[Found | Skip]:
        """A document for each licence."""
        paths = folder.paths(self.suffixes)
        rules: Rules = {}
        for path in sorted(paths, key=lambda each: (not each.endswith(_RULES), each)):
            if reason := source.leaves_out(path):
                yield Skip(path, reason)
                continue
            try:
                data = folder.read(path)
                if path.endswith(_RULES):
                    rules = _rules(load_yaml(decode(data)))
                elif path.endswith(".txt"):
                    yield _chosen(path, decode(data), rules)
                else:
                    yield from _handbook(path, load_yaml(decode(data)))
            except UnreadableSource as error:
                yield Skip(path, str(error), fault=True)


def _rules(value: Any) -> Rules:
    """Text by tag of each kind of rule."""
    if not isinstance(value, dict):
        raise UnreadableSource("is no table of rules; expected `permissions`, `conditions` and `limitations`")
    return {
        kind: {
            as_text(row.get("tag")): f"{as_text(row.get('label'))}: {as_text(row.get('description'))}"
            for row in rows(value.get(kind))
        }
        for kind in _KINDS
    }


def _chosen(path: str, text: str, rules: Rules) -> Found | Skip:
    front, _ = split_front(text)
    name, code = as_text(front.get("title")), as_text(front.get("spdx-id"))
    if not name or not code:
        return Skip(path, "has no metadata of a licence")
    parts = [Part(name, blocks_of(as_text(front.get("description"))))]
    for kind, heading in _KINDS.items():
        tags = front.get(kind)
        known = rules.get(kind, {})
        texts = (
            [known.get(as_text(tag), as_text(tag).replace("-", " ")) for tag in tags] if isinstance(tags, list) else []
        )
        parts.append(Part(heading, tuple(Block(each, "bullet") for each in texts)))
    parts.append(Part("How it is applied", blocks_of(f"{as_text(front.get('how'))}\n\n{as_text(front.get('note'))}")))
    return _found(path, code, name, parts, f"https://choosealicense.com/licenses/{code.lower()}/")


def _handbook(path: str, value: Any) -> Iterator[Found | Skip]:
    for entry in rows(value):
        name, ids = as_text(entry.get("name")), entry.get("licenseId")
        codes = [as_text(each) for each in (ids if isinstance(ids, list) else [ids])]
        if not name or not entry.get("terms"):
            yield Skip(path, "has no terms of a licence", name)
            continue
        groups: dict[str, list[Block]] = {}
        for term in rows(entry.get("terms")):
            groups.setdefault(as_text(term.get("type")) or "other", []).append(Block(_term(term), "bullet"))
        parts = [Part(_TERMS.get(kind, kind.capitalize()), tuple(blocks)) for kind, blocks in groups.items()]
        parts.append(Part("Notes", blocks_of(as_text(entry.get("notes")))))
        yield _found(path, f"handbook-{codes[0] or name}", f"{name}: how to comply", parts, "")
    if not rows(value):
        yield Skip(path, "has no entry of a licence")


def _term(term: dict[str, Any]) -> str:
    uses = term.get("use_cases")
    named = [_USES.get(as_text(use), as_text(use)) for use in uses] if isinstance(uses, list) else []
    when = f" Applies when you distribute {', '.join(named)}." if named else ""
    note = as_text(term.get("compliance_notes"))
    return f"{as_text(term.get('description')).rstrip('.')}.{when}" + (f" {note}" if note else "")


def _found(path: str, code: str, name: str, parts: list[Part], url: str) -> Found:
    return Found(
        path=path,
        key=code,
        title=name,
        parts=tuple(parts),
        url=url,
        need=f"What a person must do, and may do, with a work under {name}.",
        keywords=(code.removeprefix("handbook-"), name),
    )


LICENCES: Final = Licences()
