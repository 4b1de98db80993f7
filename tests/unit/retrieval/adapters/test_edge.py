"""Qdrant Edge on a folder: crashes, locks, several processes."""

from __future__ import annotations

import asyncio
import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from corpora.library import load_library
from retrieval.adapters.edge import EdgeStore
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.errors import StoreBusy, StoreError, StoreUnavailable
from retrieval.index import build_index
from retrieval.models import LegQuery, Release, SearchFilter

Write = Callable[..., Path]
QUERY = LegQuery(HashingEmbedder(64).embed(["x"])[0], (), SearchFilter(today=date(2026, 11, 23)), 3)

SEARCH = """
import asyncio, sys
from datetime import date
from pathlib import Path
from retrieval.adapters.edge import EdgeStore
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.models import SearchFilter, Topic
from retrieval.search import Searcher
vector = HashingEmbedder(64).embed(["poison"])[0]
wanted = SearchFilter(today=date(2026, 11, 23))
topic = Topic(facets={"emergency": 1.0})
result = asyncio.run(Searcher(EdgeStore(Path(sys.argv[1]))).search("poison", vector, wanted, topic=topic))
print(result.release, len(result.hits))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "index"


def search_elsewhere(root: Path) -> str:
    done = subprocess.run([sys.executable, "-c", SEARCH, str(root)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


async def publish(root: Path, library: Path) -> tuple[EdgeStore, Release]:
    store = EdgeStore(root)
    return store, await build_index(load_library(library), HashingEmbedder(64), store)


async def test_several_processes_serve_one_release(root: Path, write: Write) -> None:
    store, release = await publish(root, write("poison"))
    assert (await store.health()).ready
    assert (
        await asyncio.gather(*(asyncio.to_thread(search_elsewhere, root) for _ in range(2))) == [f"{release.id} 2"] * 2
    )
    assert (await store.health()).ready


async def test_another_process_switches_the_release_under_a_running_one(root: Path, write: Write) -> None:
    store, first = await publish(root, write("poison"))
    assert (await store.health()).release == first
    _, second = await publish(root, write("fracture"))
    assert (await store.health()).release == second


async def test_only_one_process_builds(root: Path, write: Write) -> None:
    store, release = await publish(root, write("poison"))
    with (root / "build.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StoreBusy, match=f"process `{os.getpid()}` is building into .*try again"):
            await build_index(load_library(write("fracture")), HashingEmbedder(64), store)
    assert (await store.health()).release == release


async def test_what_a_crashed_build_left_is_swept_away(root: Path, write: Write) -> None:
    left = root / "releases" / ".building-0001-aaaaaaaaaaaa" / "shard"
    left.mkdir(parents=True)
    (left / "junk").write_text("x")
    store, release = await publish(root, write("poison"))
    assert [path.name for path in (root / "releases").iterdir()] == [release.id]
    assert (await store.health()).available == (release.id,)


async def test_a_release_without_its_manifest_is_not_complete(root: Path, write: Write) -> None:
    store, release = await publish(root, write("poison"))
    (root / "releases" / "0009-aaaaaaaaaaaa" / "shard").mkdir(parents=True)
    assert (await store.health()).available == (release.id,)


async def test_a_release_of_the_wrong_size_is_refused(root: Path, make_release: Callable[..., Release]) -> None:
    store = EdgeStore(root)
    with pytest.raises(StoreError, match="got `0` sections; expected 1000"):
        await store.build(make_release(), [])
    assert list((root / "releases").iterdir()) == []


@pytest.mark.parametrize("damage", ["manifest", "shard", "pointer"])
async def test_a_damaged_release_is_named_and_may_come_back(root: Path, write: Write, damage: str) -> None:
    _, release = await publish(root, write("poison"))
    folder = root / "releases" / release.id
    if damage == "manifest":
        (folder / "release.json").write_text("{}")
    elif damage == "shard":
        (folder / "shard" / "edge_config.json").write_text("{")
    else:
        (root / "current").write_text("0042-gone\n")
    store = EdgeStore(root)
    health = await store.health()
    assert not health.ready
    assert "cannot be" in health.detail
    with pytest.raises(StoreUnavailable, match="cannot be"):
        store.search_blocking(QUERY)
    again = await build_index(load_library(write("fracture")), HashingEmbedder(64), store)
    assert (await store.health()).release == again


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, write: Write) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        await publish(tmp_path / "file" / "index", write("poison"))
