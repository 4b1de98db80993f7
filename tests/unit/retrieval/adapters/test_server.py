"""A Qdrant server that is away, comes back, or answers nonsense."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path

import grpc  # type: ignore[import-untyped]  # comes with qdrant-client, without stubs
import pytest
from httpx import Headers
from qdrant_client import AsyncQdrantClient
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from corpora.library import load_library
from retrieval.adapters.server import QdrantServerStore, connect_server
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.errors import StoreUnavailable
from retrieval.index import build_index
from retrieval.models import LegQuery, SearchFilter

Write = Callable[..., Path]
QUERY = LegQuery(HashingEmbedder(64).embed(["x"])[0], (), SearchFilter(today=date(2026, 11, 23)), 3)


@pytest.mark.parametrize("prefer_grpc", [False, True])
async def test_an_unreachable_server_is_an_answer(prefer_grpc: bool) -> None:
    store = connect_server("http://127.0.0.1:9", prefer_grpc=prefer_grpc, timeout_s=1)
    started = time.monotonic()
    health = await store.health()
    assert not health.ready
    assert "qdrant" in health.detail
    with pytest.raises(StoreUnavailable, match="qdrant"):
        await store.search(QUERY)
    assert time.monotonic() - started < 10
    await store.close()


class Flaky(AsyncQdrantClient):
    """A client in memory that can be made to fail."""

    error: Exception | None = None

    async def query_batch_points(self, *args: object, **kwargs: object):  # type: ignore[no-untyped-def]  # a fake
        if self.error is not None:
            raise self.error
        return await super().query_batch_points(*args, **kwargs)  # type: ignore[arg-type]  # passed through


@pytest.fixture
async def flaky() -> AsyncIterator[Flaky]:
    client = Flaky(":memory:")
    yield client
    await client.close()


@pytest.mark.parametrize(
    "error",
    [
        ResponseHandlingException(OSError("connection reset")),
        UnexpectedResponse(503, "busy", b"", Headers()),
        OSError("no route"),
        grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), grpc.aio.Metadata(), "gone"),
    ],
)
async def test_a_failure_in_flight_passes_when_the_server_is_back(write: Write, flaky: Flaky, error: Exception) -> None:
    store = QdrantServerStore(flaky, local=True)
    await build_index(load_library(write("poison")), HashingEmbedder(64), store)
    assert (await store.search(QUERY)).items
    flaky.error = error
    with pytest.raises(StoreUnavailable, match="qdrant"):
        await store.search(QUERY)
    flaky.error = None
    assert (await store.search(QUERY)).items


async def test_a_release_pruned_by_another_process_is_looked_up_again(write: Write, flaky: Flaky) -> None:
    mine, other = QdrantServerStore(flaky, local=True), QdrantServerStore(flaky, local=True)
    first = await build_index(load_library(write("poison")), HashingEmbedder(64), mine)
    assert (await mine.search(QUERY)).release == first
    second = await build_index(load_library(write("fracture")), HashingEmbedder(64), other)
    await flaky.delete_collection(f"handrail-{first.id}")
    assert (await mine.search(QUERY)).release == second


async def test_a_collection_without_manifest_is_no_release(write: Write, flaky: Flaky) -> None:
    store = QdrantServerStore(flaky, local=True)
    await flaky.create_collection("handrail-0009-aaaaaaaaaaaa", vectors_config={})
    release = await build_index(load_library(write("poison")), HashingEmbedder(64), store)
    assert (await store.health()).available == (release.id,)


async def test_two_services_share_a_server_under_two_aliases(write: Write, flaky: Flaky) -> None:
    one, two = QdrantServerStore(flaky, "one", local=True), QdrantServerStore(flaky, "two", local=True)
    release = await build_index(load_library(write("poison")), HashingEmbedder(64), one)
    assert not (await two.health()).ready
    await two.drop_all()
    assert (await one.health()).release == release
