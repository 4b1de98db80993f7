"""Recommendations in FHIR ``PlanDefinition`` resources, as JSON: what is recommended, to whom, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from corpora.connectors.base import Block, FileByFile, Found, Part, Skip, as_date, as_text, load_json, rows
from corpora.connectors.markup import blocks_of
from corpora.connectors.profile import SourceProfile

_DEAD: Final = ("retired", "entered-in-error")


def _parse(path: str, data: bytes, source: SourceProfile) -> Iterator[Found | Skip]:
    resource = load_json(data)
    for each in _resources(resource):
        name = as_text(each.get("title")) or as_text(each.get("name")) or as_text(each.get("id"))
        if each.get("status") in _DEAD:
            yield Skip(path, "a dead plan", name)
        else:
            yield _plan(path, each, name)
    if not _resources(resource):
        yield Skip(path, "holds no PlanDefinition")


def _resources(resource: Any) -> list[dict[str, Any]]:
    """The plans in a resource or in a bundle of them."""
    if not isinstance(resource, dict):
        return []
    entries = [entry["resource"] for entry in rows(resource.get("entry")) if isinstance(entry.get("resource"), dict)]
    return [each for each in (resource, *entries) if each.get("resourceType") == "PlanDefinition"]


def _plan(path: str, plan: dict[str, Any], name: str) -> Found:
    parts = [
        Part(heading, blocks_of(str(plan.get(field) or "")))
        for field, heading in (("description", "Recommendation"), ("usage", "How it is used"), ("purpose", "Why"))
    ]
    parts += _actions(rows(plan.get("action")))
    documentation = [as_text(each.get("url")) for each in rows(plan.get("relatedArtifact"))]
    return Found(
        path=path,
        key=as_text(plan.get("id")) or path,
        title=name,
        parts=tuple(parts),
        url=next((url for url in documentation if url.startswith("http")), "") or as_text(plan.get("url")),
        published=as_date(plan.get("date")),
        need=f"A recommendation for clinicians: {name}.",
        keywords=tuple(as_text(topic.get("text")) for topic in rows(plan.get("topic")) if topic.get("text")),
        publisher=as_text(plan.get("publisher")),
        jurisdictions=tuple(
            as_text(coding.get("code"))
            for jurisdiction in rows(plan.get("jurisdiction"))
            for coding in rows(jurisdiction.get("coding"))
            if len(as_text(coding.get("code"))) == 2
        ),
    )


def _actions(actions: list[dict[str, Any]]) -> Iterator[Part]:
    """Each action of the first level, with the choices below it as bullets."""
    for action in actions:
        title = as_text(action.get("title")) or as_text(action.get("description"))[:80] or "What to do"
        yield Part(title, (*blocks_of(str(action.get("description") or "")), *_choices(rows(action.get("action")))))


def _choices(actions: list[dict[str, Any]]) -> Iterator[Block]:
    for action in actions:
        text = as_text(action.get("description")) or as_text(action.get("title"))
        if text:
            yield Block(text, "bullet")
        yield from _choices(rows(action.get("action")))


FHIR: Final = FileByFile(_parse, ".json")
