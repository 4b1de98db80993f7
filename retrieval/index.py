"""Publish the library as a release: idempotent by content, atomic, and cheap when little changed."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from corpora.document import Document
from corpora.library import Library, fingerprint_library
from retrieval import sparse
from retrieval.errors import EmptyIndex, IndexMismatch
from retrieval.models import DocumentEntry, IndexPoint, Release, Section, StoreHealth
from retrieval.ports import Embedder, VectorStore
from retrieval.sections import dense_text, lexical_text, sections_of

Progress = Callable[[int, int], None]
"""Called with (sections done, sections in all), from a worker thread."""

INDEX_FORMAT: Final = "3"
"""Changes whenever the texts, vectors or payloads made from the same documents would differ."""

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
    if not documents:
        named = f"; {len(library.problems)} could not be read, first {library.problems[0]}" if library.problems else ""
        raise EmptyIndex(f"the library holds no published document{named}")
    health = await store.health()
    content = content_hash(documents, embedder)
    if health.release is not None and health.release.content_hash == content and not force:
        return health.release
    sections = [section for document in documents for section in sections_of(document)]
    release = Release(
        id=f"{_next_number(health):04d}-{content[:12]}",
        number=_next_number(health),
        content_hash=content,
        source=_source(library.fingerprint, embedder),
        embedder=embedder.name,
        dimension=embedder.dimension,
        sections=len(sections),
        languages=dict(sorted(Counter(section.locale for section in sections).items())),
        documents=tuple(
            DocumentEntry(id=document.id, revision=document.revision, content_hash=document.content_hash)
            for document in documents
        ),
        skipped=tuple(str(problem) for problem in library.problems),
        created_at=datetime.now(UTC),
    )
    await store.build(release, _points(sections, embedder, progress))
    await store.activate(release.id)
    return release


def content_hash(documents: Sequence[Document], embedder: Embedder) -> str:
    """Equal for equal releases: over the documents, the embedder and the settings of the index."""
    return _hash(embedder, sorted((document.id, document.content_hash) for document in documents))


def _source(fingerprint: str, embedder: Embedder) -> str:
    return _hash(embedder, fingerprint) if fingerprint else ""


def _hash(embedder: Embedder, content: object) -> str:
    parts = {
        "format": INDEX_FORMAT,
        "embedder": embedder.name,
        "bm25": [sparse.K1, sparse.B, sparse.AVERAGE_TOKENS],
        "content": content,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


async def served_from(root: Path, embedder: Embedder, store: VectorStore) -> Release | None:
    """The served release, when it was built from exactly the files now under ``root``; ``None`` to build anew.

    Takes milliseconds where reading the library takes a second, so a second start is quick. Raises ``LibraryError``.
    """
    release = (await store.health()).release
    if release is None or not release.source:
        return None
    fingerprint = await asyncio.to_thread(fingerprint_library, root)
    return release if release.source == _source(fingerprint, embedder) else None


def require_match(release: Release, embedder: Embedder) -> None:
    """``release`` can be searched with vectors of ``embedder`` afterwards. Raises ``IndexMismatch``."""
    if (release.embedder, release.dimension) != (embedder.name, embedder.dimension):
        raise IndexMismatch(
            f"release `{release.id}` was built with `{release.embedder}`; this process embeds with `{embedder.name}`; "
            "run `handrail corpora index`"
        )


def _next_number(health: StoreHealth) -> int:
    return 1 + max((int(release_id.split("-")[0]) for release_id in health.available), default=0)


def _points(sections: Sequence[Section], embedder: Embedder, progress: Progress | None) -> Iterator[IndexPoint]:
    """Each section with its vectors, computed while the store reads."""
    done = 0
    if progress:
        progress(0, len(sections))
    for batch in _batched(sections):
        vectors = embedder.embed([dense_text(section) for section in batch])
        for section, vector in zip(batch, vectors, strict=True):
            yield IndexPoint(section, vector, sparse.document_vector(lexical_text(section), section.locale))
        done += len(batch)
        if progress:
            progress(done, len(sections))


def _batched(sections: Sequence[Section]) -> Iterator[Sequence[Section]]:
    for start in range(0, len(sections), _BATCH):
        yield sections[start : start + _BATCH]
