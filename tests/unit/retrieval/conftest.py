"""A small library of its own, and sections made by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from retrieval.models import Release, Section, SourceRef

TEMPLATE = """\
---
id: {id}
title: {title}
domain: medical
facets: [{facets}]
hazards: []
locale: {locale}
jurisdictions: [any]
audience: [public]
urgency: routine
stance: protective
need: The person needs help with {title}.
keywords: [{keywords}]
next_steps: [What should I do next?]
sources:
  - {{key: s1, publisher: Example, title: One, url: 'https://example.org/1', licence: CC0}}
  - {{key: s2, publisher: Other, title: Two, url: 'https://example.org/2', licence: CC0}}
reviewed_on: 2026-11-01
review_by: 2027-04-01
reviewers: [{{name: An Editor, role: editor}}]
status: {status}
licence: CC-BY-4.0
---
## What to do now {{#do-now}}
{text} [s2]

- A bullet about {title} follows here. [s1, s2]

## Where to get help {{#get-help}}
People who know about {title} can help. [s1]
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a document into a library and returns the root of the library."""

    def to(name: str, text: str = "Some text about it.", **changes: str) -> Path:
        values = {
            "id": f"med-{name}",
            "title": name,
            "facets": "emergency",
            "locale": "en",
            "keywords": name,
            "status": "published",
            "text": text,
        }
        path = tmp_path / "library" / "medical" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEMPLATE.format(**{**values, **changes}), encoding="utf-8")
        return tmp_path / "library"

    return to


@pytest.fixture
def make_section() -> Callable[..., Section]:
    """A section that every filter lets pass, unless changed."""

    def make(document_id: str = "med-a", section: str = "do-now", **changes: Any) -> Section:
        values: dict[str, Any] = {
            "section_id": f"{document_id}#{section}",
            "document_id": document_id,
            "revision": "0123456789ab",
            "heading": "What to do now",
            "section": section,
            "title": "A title",
            "text": "Some text.",
            "domain": "medical",
            "facets": ("emergency",),
            "hazards": (),
            "locale": "en",
            "jurisdictions": ("any",),
            "audience": ("public",),
            "urgency": "routine",
            "stance": "protective",
            "status": "published",
            "reviewed_on": date(2026, 1, 1),
            "review_by": date(2027, 1, 1),
            "need": "Needs help.",
            "keywords": (),
            "next_steps": (),
            "sources": (SourceRef(publisher="P", title="T", url="https://example.org/", licence="CC0"),),
            "family": document_id,
        }
        return Section.model_validate({**values, **changes})

    return make


@pytest.fixture
def make_release() -> Callable[..., Release]:
    """A manifest of a release of a thousand English sections."""

    def make(**changes: Any) -> Release:
        values: dict[str, Any] = {
            "id": "0001-aaaaaaaaaaaa",
            "number": 1,
            "content_hash": "a" * 64,
            "embedder": "hashing-64",
            "dimension": 64,
            "sections": 1000,
            "languages": {"en": 1000, "es": 1000, "zh": 1000},
            "documents": (),
            "created_at": datetime(2026, 11, 23, tzinfo=UTC),
        }
        return Release.model_validate({**values, **changes})

    return make
