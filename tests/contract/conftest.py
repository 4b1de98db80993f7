"""Material shared by the contract suites."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from retrieval.embedding.hashing import HashingEmbedder
from retrieval.models import IndexPoint, LegQuery, LexicalLeg, Release, SearchFilter, Section, SourceRef
from retrieval.sections import asked_texts, dense_text, lexical_text
from retrieval.sparse import document_vector, query_vector

TODAY = date(2026, 11, 23)
EMBEDDER = HashingEmbedder(64)


def make_section(document_id: str, text: str = "Call the poison line.", **changes: Any) -> Section:
    """A section that every filter lets pass, unless changed."""
    values: dict[str, Any] = {
        "section_id": f"{document_id}#do-now",
        "document_id": document_id,
        "revision": "0123456789ab",
        "heading": "What to do now",
        "section": "do-now",
        "title": "A title",
        "text": text,
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


def make_points(*sections: Section) -> list[IndexPoint]:
    """The sections with their vectors."""
    vectors = EMBEDDER.embed([dense_text(section) for section in sections])
    return [
        IndexPoint(
            section,
            vector,
            document_vector(lexical_text(section), section.locale),
            EMBEDDER.embed(asked_texts(section)) if section.asked else None,
        )
        for section, vector in zip(sections, vectors, strict=True)
    ]


def make_release(release_id: str = "0001-aaaaaaaaaaaa", sections: int = 1) -> Release:
    """A manifest for so many sections."""
    return Release(
        id=release_id,
        number=int(release_id.split("-")[0]),
        content_hash=release_id.split("-")[1].ljust(64, "0"),
        embedder=EMBEDDER.name,
        dimension=EMBEDDER.dimension,
        sections=sections,
        languages={"en": sections},
        documents=(),
        created_at=datetime(2026, 11, 23, tzinfo=UTC),
    )


def make_query(text: str, limit: int = 10, facets: tuple[str, ...] = (), **changes: Any) -> LegQuery:
    """A query for ``text`` on the test day."""
    wanted = SearchFilter.model_validate({"today": TODAY, **changes})
    lexical = tuple(LexicalLeg(language, query_vector(text, language)) for language in wanted.languages)
    return LegQuery(EMBEDDER.embed([text])[0], lexical, wanted, limit, facets)


@pytest.fixture
def section() -> Callable[..., Section]:
    """Makes sections."""
    return make_section


@pytest.fixture
def points() -> Callable[..., list[IndexPoint]]:
    """Gives sections their vectors."""
    return make_points


@pytest.fixture
def release() -> Callable[..., Release]:
    """Makes manifests."""
    return make_release


@pytest.fixture
def query() -> Callable[..., LegQuery]:
    """Makes queries."""
    return make_query
