"""Index builds: idempotent, atomic, cheap when little changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from corpora.library import load_library
from retrieval.adapters.edge import EdgeStore
from retrieval.adapters.memory import MemoryStore
from retrieval.embedding.cache import CachedEmbedder
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.errors import EmptyIndex, IndexMismatch
from retrieval.index import build_index, require_match
from retrieval.models import Release, SearchFilter
from retrieval.ports import Matrix
from retrieval.search import Searcher

Write = Callable[..., Path]
FILTER = SearchFilter(today=date(2026, 11, 23))


class CountingEmbedder(HashingEmbedder):
    """Remembers every text it had to embed, and can be told to fail."""

    def __init__(self) -> None:
        super().__init__(64)
        self.texts: list[str] = []
        self.fail_after: int | None = None

    def embed(self, texts: Sequence[str]) -> Matrix:
        self.texts += texts
        if self.fail_after is not None and len(self.texts) > self.fail_after:
            raise RuntimeError("killed in the middle")
        return super().embed(texts)


async def found(store: MemoryStore | EdgeStore, query: str) -> list[str]:
    embedder = HashingEmbedder(64)
    result = await Searcher(store).search(query, embedder.embed([query])[0], FILTER)
    return [hit.section.document_id for hit in result.hits]


async def test_a_built_library_is_served(write: Write) -> None:
    write("poison", "Call the poison line when someone swallowed bleach.")
    library = load_library(write("fracture", "Keep the broken leg still."))
    store, steps = MemoryStore(), list[tuple[int, int]]()
    release = await build_index(library, HashingEmbedder(64), store, progress=lambda done, of: steps.append((done, of)))
    assert release.id == f"0001-{release.content_hash[:12]}"
    assert (release.sections, release.languages) == (4, {"en": 4})
    assert [document.id for document in release.documents] == ["med-fracture", "med-poison"]
    assert steps[0] == (0, 4)
    assert steps[-1] == (4, 4)
    assert (await found(store, "someone swallowed bleach poison line"))[0] == "med-poison"


async def test_nothing_is_rebuilt_when_nothing_changed(write: Write) -> None:
    root, store, embedder = write("poison"), MemoryStore(), CountingEmbedder()
    first = await build_index(load_library(root), embedder, store)
    embedder.texts.clear()
    assert await build_index(load_library(root), embedder, store) == first
    assert embedder.texts == []
    again = await build_index(load_library(root), embedder, store, force=True)
    assert (again.number, again.content_hash) == (2, first.content_hash)


async def test_a_changed_document_embeds_only_itself_again(write: Write, tmp_path: Path) -> None:
    write("poison")
    root, store, counting = write("fracture"), MemoryStore(), CountingEmbedder()
    embedder = CachedEmbedder(counting, tmp_path / "cache.sqlite")
    first = await build_index(load_library(root), embedder, store)
    counting.texts.clear()
    write("poison", "Quite another text now.")
    second = await build_index(load_library(root), embedder, store)
    assert second.number == 2
    assert second.content_hash != first.content_hash
    assert len(counting.texts) == 1
    assert "Quite another text" in counting.texts[0]


async def test_another_embedder_makes_another_release(write: Write) -> None:
    library, store = load_library(write("poison")), MemoryStore()
    first = await build_index(library, HashingEmbedder(64), store)
    second = await build_index(library, HashingEmbedder(32), store)
    assert second.number == 2
    assert second.embedder == "hashing-32"
    with pytest.raises(IndexMismatch, match="was built with `hashing-64`; this process embeds with `hashing-32`"):
        require_match(first, HashingEmbedder(32))
    require_match(second, HashingEmbedder(32))


@pytest.mark.parametrize("kind", ["memory", "edge"])
async def test_a_crash_in_the_middle_leaves_the_old_release(write: Write, tmp_path: Path, kind: str) -> None:
    store = MemoryStore() if kind == "memory" else EdgeStore(tmp_path / "index")
    embedder = CountingEmbedder()
    first = await build_index(load_library(write("poison", "Call the poison line.")), embedder, store)
    for number in range(20):
        root = write(f"more{number}")
    embedder.fail_after = 20
    with pytest.raises(RuntimeError, match="killed in the middle"):
        await build_index(load_library(root), embedder, store)
    health = await store.health()
    assert health.release == first
    assert (await found(store, "Call the poison line"))[0] == "med-poison"
    embedder.fail_after = None
    second = await build_index(load_library(root), embedder, store)
    assert len(second.documents) == 21


async def test_broken_documents_are_named_in_the_release(write: Write) -> None:
    write("poison")
    root = write("broken", facets="posology")
    release = await build_index(load_library(root), HashingEmbedder(64), MemoryStore())
    assert [document.id for document in release.documents] == ["med-poison"]
    (skipped,) = release.skipped
    assert "broken.md:5: field `facets`: `posology` is unknown" in skipped


async def test_only_published_documents_are_in_a_release(write: Write) -> None:
    write("draft", status="draft")
    write("retired", status="retired")
    release = await build_index(load_library(write("poison")), HashingEmbedder(64), MemoryStore())
    assert [document.id for document in release.documents] == ["med-poison"]


async def test_an_empty_library_never_replaces_what_is_served(write: Write, tmp_path: Path) -> None:
    store = MemoryStore()
    first = await build_index(load_library(write("poison")), HashingEmbedder(64), store)
    (tmp_path / "empty").mkdir()
    with pytest.raises(EmptyIndex, match="holds no published document"):
        await build_index(load_library(tmp_path / "empty"), HashingEmbedder(64), store)
    with pytest.raises(EmptyIndex, match=r"1 could not be read, first .*poison\.md:5"):
        await build_index(load_library(write("poison", facets="posology")), HashingEmbedder(64), store)
    assert (await store.health()).release == first


def test_a_manifest_survives_its_file(make_release: Callable[..., Release]) -> None:
    release = make_release(skipped=("a.md:1: broken",))
    assert Release.model_validate_json(release.model_dump_json()) == release
