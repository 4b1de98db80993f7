"""Mitigations in STIX 2 bundles (MITRE ATT&CK and CAPEC), with what each does against which attack.

Revoked and deprecated objects are dead and are skipped, and so are relations to them. What a pattern of attack says about
itself is prose about attacks: only its name is used.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from corpora.connectors.base import Block, Found, Part, Skip, SourceFolder, as_date, as_text, load_json, rows
from corpora.connectors.markup import blocks_of
from corpora.connectors.profile import SourceProfile
from corpora.errors import UnreadableSource

_CITATION: Final = re.compile(r"\s*\(Citation:[^)]*\)")
_SITES: Final = ("mitre-attack", "mitre-mobile-attack", "mitre-ics-attack", "capec")


class Stix:
    """Reads bundles of one object a file, or of all objects in one file."""

    suffixes = (".json",)

    def find(self, folder: SourceFolder, source: SourceProfile) -> Iterator[Found | Skip]:
        """A document for each live mitigation with a name; those without one are gathered under what they prevent."""
        graph = _Graph()
        for path in folder.paths(self.suffixes):
            if reason := source.leaves_out(path):
                yield Skip(path, reason)
                continue
            try:
                bundle = load_json(folder.read(path))
            except UnreadableSource as error:
                yield Skip(path, str(error), fault=True)
                continue
            objects = rows(bundle.get("objects")) if isinstance(bundle, dict) else []
            if not objects:
                yield Skip(path, "is no STIX bundle with objects")
            for each in objects:
                yield from graph.take(path, each)
        yield from graph.documents()


class _Graph:
    """The live objects, by id."""

    def __init__(self) -> None:
        self._mitigations: dict[str, tuple[str, dict[str, Any]]] = {}
        self._attacks: dict[str, tuple[str, dict[str, Any]]] = {}
        self._relations: list[tuple[str, dict[str, Any]]] = []

    def take(self, path: str, each: dict[str, Any]) -> Iterator[Skip]:
        """Remember an object; say why where it is not."""
        kind, name = as_text(each.get("type")), as_text(each.get("name")) or as_text(each.get("id"))
        if (
            each.get("revoked")
            or each.get("x_mitre_deprecated")
            or each.get("x_capec_status") in ("Deprecated", "Obsolete")
        ):
            yield Skip(path, f"a dead {kind}", name)
        elif kind == "course-of-action":
            self._mitigations[as_text(each.get("id"))] = path, each
        elif kind == "attack-pattern":
            self._attacks[as_text(each.get("id"))] = path, each
            yield Skip(path, "prose about attacks", name)
        elif kind == "relationship":
            if each.get("relationship_type") == "mitigates":
                self._relations.append((path, each))
            else:
                yield Skip(path, "a relation that mitigates nothing", name)
        else:
            yield Skip(path, f"a {kind or 'thing without type'}, no guidance", name)

    def documents(self) -> Iterator[Found | Skip]:
        """The documents, in order of their files."""
        by_mitigation: dict[str, list[tuple[dict[str, Any], str]]] = defaultdict(list)
        by_attack: dict[str, list[str]] = defaultdict(list)
        for path, relation in self._relations:
            mitigation, attack = as_text(relation.get("source_ref")), as_text(relation.get("target_ref"))
            if mitigation not in self._mitigations or attack not in self._attacks:
                yield Skip(path, "a relation with a dead or missing end", as_text(relation.get("id")))
                continue
            by_mitigation[mitigation].append((self._attacks[attack][1], str(relation.get("description") or "")))
            by_attack[attack].append(mitigation)
        for key, (path, each) in self._mitigations.items():
            if _reference(each)[0]:
                yield _of_mitigation(path, each, by_mitigation[key])
            elif not by_mitigation[key]:
                yield Skip(path, "a mitigation of nothing that lives", as_text(each.get("name")))
        for key, (path, pattern) in self._attacks.items():
            mitigations = [self._mitigations[name][1] for name in by_attack[key]]
            nameless = [each for each in mitigations if not _reference(each)[0]]
            if nameless:
                yield _of_attack(path, pattern, nameless)


def _of_mitigation(path: str, mitigation: dict[str, Any], relations: list[tuple[dict[str, Any], str]]) -> Found:
    code, url = _reference(mitigation)
    name = as_text(mitigation.get("name"))
    parts = [Part(name, _blocks(mitigation.get("description")))]
    for attack, text in sorted(relations, key=lambda pair: _reference(pair[0])[0]):
        target = _reference(attack)[0]
        parts.append(Part(f"Against {as_text(attack.get('name'))} ({target}) {{#{_slug(target)}}}", _blocks(text)))
    return Found(
        path=path,
        key=code,
        title=f"{name} ({code})",
        parts=tuple(parts),
        url=url,
        published=as_date(mitigation.get("modified")),
        need=f"How to protect systems: {name}.",
        keywords=(code, name),
    )


def _of_attack(path: str, attack: dict[str, Any], mitigations: list[dict[str, Any]]) -> Found:
    code, url = _reference(attack)
    name = as_text(attack.get("name"))
    ordered = sorted(mitigations, key=lambda each: _natural(as_text(each.get("name"))))
    blocks = tuple(block._replace(kind="bullet") for each in ordered for block in _blocks(each.get("description")))
    return Found(
        path=path,
        key=code,
        title=f"Protection against {name} ({code})",
        parts=(Part(f"How to prevent {name}", blocks),),
        url=url,
        published=max((day for each in ordered if (day := as_date(each.get("modified")))), default=None),
        need=f"How to protect systems against {name}.",
        keywords=(code, name),
    )


def _blocks(text: object) -> tuple[Block, ...]:
    return blocks_of(_CITATION.sub("", str(text or "")))


def _reference(each: dict[str, Any]) -> tuple[str, str]:
    """The public id and address of an object; empty where it has none."""
    for reference in rows(each.get("external_references")):
        if reference.get("source_name") in _SITES and reference.get("external_id"):
            return as_text(reference.get("external_id")), as_text(reference.get("url"))
    return "", ""


def _slug(code: str) -> str:
    return code.lower().replace(".", "-")


def _natural(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name)]


STIX: Final = Stix()
