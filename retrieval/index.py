"""Publish the library as a release: idempotent by content, atomic, and cheap when little changed."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from corpora.document import Document
from corpora.library import Library
from retrieval import sparse
from retrieval.errors import EmptyIndex, IndexMismatch
from retrieval.gloss import digest
from retrieval.models import DocumentEntry, IndexPoint, Release, Section, StoreHealth
from retrieval.ports import Embedder, VectorStore
from retrieval.sections import asked_texts, dense_text, lexical_text, sections_of

Progress = Callable[[int, int], None]
"""Called with (sections done, sections in all), from a worker thread."""

INDEX_FORMAT: Final = "9"
"""Changes whenever the texts, vectors or payloads made from the same documents would differ, or how they are stored."""

_BATCH: Final = 16


async def build_index(
    library: Library,
    embedder: Embedder,
    store: VectorStore,
    *,
    progress: Progress | None = None,
    force: bool = False,
) -> Release:
    """The published documents of ``library`` are being served afterwards, by the release returned.

    When the served release already has the same content nothing is done, unless ``force``. Documents that could not be
    read are named in ``Release.skipped``. Any error, and any crash, leaves the release that was served.
    Raises ``EmptyIndex``, ``StoreError`` or ``ModelError``.
    """
    documents = tuple(document for document in library.documents if document.meta.status == "published")
    health = await store.health()
    content = content_hash(documents, embedder)
    if health.release is not None and health.release.content_hash == content and not force:
        return health.release
    release = plan_release(documents, embedder, next_number(health), skipped=[str(each) for each in library.problems])
    await build_release(release, documents, embedder, store, progress=progress)
    await store.activate(release.id)
    return release


def plan_release(
    documents: Sequence[Document], embedder: Embedder, number: int, *, skipped: Sequence[str] = ()
) -> Release:
    """The manifest of a release of these documents. Nothing is built by that. Raises ``EmptyIndex``."""
    if not documents:
        named = f"; {len(skipped)} could not be read, first {skipped[0]}" if skipped else ""
        raise EmptyIndex(f"the library holds no published document{named}")
    content = content_hash(documents, embedder)
    languages = Counter(section.locale for document in documents for section in document.sections)
    return Release(
        id=f"{number:04d}-{content[:12]}",
        number=number,
        content_hash=content,
        embedder=embedder.name,
        dimension=embedder.dimension,
        sections=languages.total(),
        languages=dict(sorted(languages.items())),
        documents=tuple(
            DocumentEntry(id=document.id, revision=document.revision, content_hash=document.content_hash)
            for document in documents
        ),
        skipped=tuple(skipped),
        created_at=datetime.now(UTC),
    )


async def build_release(
    release: Release,
    documents: Sequence[Document],
    embedder: Embedder,
    store: VectorStore,
    *,
    progress: Progress | None = None,
) -> None:
    """``release`` stands complete beside the others, not served. ``documents`` are those it was planned with.

    Every section counts as published: that it may be served is what a release says.
    Raises ``StoreError`` or ``ModelError``.
    """
    served = [_published(document) for document in documents]
    sections = [section for document in served for section in sections_of(document)]
    await store.build(release, _points(sections, embedder, progress))


def _published(document: Document) -> Document:
    if document.meta.status == "published":
        return document
    return document.model_copy(update={"meta": document.meta.model_copy(update={"status": "published"})})


def content_hash(documents: Sequence[Document | DocumentEntry], embedder: Embedder) -> str:
    """Equal for equal releases: over the documents, the embedder and the settings of the index."""
    parts = {
        "format": INDEX_FORMAT,
        "embedder": embedder.name,
        "gloss": digest(),
        "bm25": [sparse.K1, sparse.B, sparse.AVERAGE_TOKENS, sparse.TOKENS],
        "content": sorted((document.id, document.content_hash) for document in documents),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def require_match(release: Release, embedder: Embedder) -> None:
    """``release`` can be searched with vectors of ``embedder`` afterwards. Raises ``IndexMismatch``."""
    if (release.embedder, release.dimension) != (embedder.name, embedder.dimension):
        raise IndexMismatch(
            f"release `{release.id}` was built with `{release.embedder}`; this process embeds with `{embedder.name}`; "
            "run `handrail corpora index`"
        )


def next_number(health: StoreHealth) -> int:
    """The number after that of every release that the store still has."""
    return 1 + max((int(release_id.split("-")[0]) for release_id in health.available), default=0)


def _points(sections: Sequence[Section], embedder: Embedder, progress: Progress | None) -> Iterator[IndexPoint]:
    """Each section with its vectors, computed while the store reads."""
    done = 0
    if progress:
        progress(0, len(sections))
    for batch in _batched(sections):
        vectors = embedder.embed([dense_text(section) for section in batch])
        for section, vector in zip(batch, vectors, strict=True):
            asked = embedder.embed(asked_texts(section)) if section.asked else None
            yield IndexPoint(section, vector, sparse.document_vector(lexical_text(section), section.locale), asked)
        done += len(batch)
        if progress:
            progress(done, len(sections))


def _batched(sections: Sequence[Section]) -> Iterator[Sequence[Section]]:
    for start in range(0, len(sections), _BATCH):
        yield sections[start : start + _BATCH]
