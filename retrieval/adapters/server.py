"""A Qdrant server or cluster, for many replicas: a release is a collection, published by an alias switch.

    <alias>-<release id>      the collection of a release; complete when it holds as many points as its manifest says
    <alias>                   points to the collection being served; switched in one atomic request

Needs Qdrant 1.16 or newer: the manifest is kept in the metadata of the collection.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

import grpc  # type: ignore[import-untyped]  # comes with qdrant-client, without stubs
from pydantic import ValidationError
from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from retrieval.errors import NoRelease, ReleaseNotFound, StoreBusy, StoreError, StoreUnavailable
from retrieval.models import Candidates, IndexPoint, LegQuery, Release, SparseVector, StoreHealth
from retrieval.payload import (
    ASKED,
    DENSE,
    INTEGER_FIELDS,
    KEYWORD_FIELDS,
    LEXICAL,
    AnyOf,
    AtLeast,
    Condition,
    NoneOf,
    Run,
    SectionCache,
    known_of,
    merge,
    missing_of,
    payload_of,
    point_id,
    runs_of,
)

KEEP_RELEASES: Final = 3
"""Complete releases kept, the served one included."""
_BATCH: Final = 128
_REQUESTS_OF: Final = 10
"""Points whose typical requests are fetched at once, some 200 KB each."""
_RELEASE: Final = "release"
_NOT_FOUND: Final = 404
_ALIAS_SECONDS: Final = 2.0
"""How long another process may go on with the release it knew after a switch."""


class QdrantServerStore:
    """Releases as collections of one server."""

    def __init__(self, client: AsyncQdrantClient, alias: str = "handrail", *, local: bool = False) -> None:
        """``local`` says that the client runs without a server, as tests do: then no payload index is made."""
        self._client = client
        self._alias = alias
        self._local = local
        self._serving: tuple[Release, str] | None = None
        self._checked = -_ALIAS_SECONDS
        self._sections = SectionCache()

    async def close(self) -> None:
        """The connections are closed afterwards."""
        await self._client.close()

    async def drop_all(self) -> None:
        """No release of this alias is left on the server afterwards. For tests and for moving house."""
        async with _reachable(self._alias):
            for item in (await self._client.get_collections()).collections:
                if item.name.startswith(f"{self._alias}-"):
                    await self._client.delete_collection(item.name)
            self._serving = None

    async def build(self, release: Release, points: Iterable[IndexPoint]) -> None:
        """Fill the collection of ``release``; complete afterwards and not served."""
        collection = self._collection(release.id)
        async with _reachable(self._alias):
            if await self._is_complete(collection, release):
                return
            await self._client.delete_collection(collection)
            await self._create(collection, release)
        try:
            iterator = iter(points)
            # The next batch is embedded in a thread: it is CPU work.
            while batch := await asyncio.to_thread(lambda: list(itertools.islice(iterator, _BATCH))):
                async with _reachable(self._alias):
                    await self._client.upsert(collection, [_point(point) for point in batch], wait=True)
            async with _reachable(self._alias):
                if not await self._is_complete(collection, release):
                    message = f"collection `{collection}` changed while it was filled; is another process building?"
                    raise StoreBusy(f"{message} try again")
        except BaseException:
            await self._discard(collection)
            raise

    async def activate(self, release_id: str) -> None:
        """Switch the alias in one request, then drop the oldest releases."""
        collection = self._collection(release_id)
        async with _reachable(self._alias):
            available = await self._available()
            if release_id not in available:
                known = ", ".join(available) or "none"
                raise ReleaseNotFound(f"no complete release `{release_id}`; expected one of {known}")
            aliases = (await self._client.get_aliases()).aliases
            drop = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=self._alias))
            point = models.CreateAliasOperation(
                create_alias=models.CreateAlias(collection_name=collection, alias_name=self._alias)
            )
            exists = any(alias.alias_name == self._alias for alias in aliases)
            await self._client.update_collection_aliases([drop, point] if exists else [point])
            self._serving = None
            older = [other for other in available if other != release_id]
            for other in older[: max(0, len(older) - (KEEP_RELEASES - 1))]:
                await self._client.delete_collection(self._collection(other))

    async def search(self, query: LegQuery) -> Candidates:
        """The nearest sections of both legs, in one request; sections not seen before cost a second one."""
        async with _reachable(self._alias):
            release, collection = await self._current()
            try:
                return await self._search(release, collection, query)
            except (UnexpectedResponse, ValueError, grpc.aio.AioRpcError) as error:
                if not _is_missing(error):
                    raise
            # The collection was pruned after a switch by another process: look the alias up and try once more.
            self._serving = None
            release, collection = await self._current()
            return await self._search(release, collection, query)

    async def health(self) -> StoreHealth:
        """Ready when the server answers and the alias points to a release."""
        try:
            async with _reachable(self._alias):
                self._serving = None
                available = await self._available()
                release, _ = await self._current()
        except NoRelease as error:
            return StoreHealth(ready=False, detail=str(error), available=available)
        except StoreError as error:
            return StoreHealth(ready=False, detail=str(error))
        return StoreHealth(ready=True, detail="ok", release=release, available=available)

    # --- the pieces ---------------------------------------------------------------------------------

    def _collection(self, release_id: str) -> str:
        return f"{self._alias}-{release_id}"

    async def _create(self, collection: str, release: Release) -> None:
        await self._client.create_collection(
            collection,
            vectors_config={
                DENSE: models.VectorParams(size=release.dimension, distance=models.Distance.COSINE),
                ASKED: models.VectorParams(
                    size=release.dimension,
                    distance=models.Distance.COSINE,
                    multivector_config=models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM),
                ),
            },
            sparse_vectors_config={LEXICAL: models.SparseVectorParams(modifier=models.Modifier.IDF)},
            metadata={_RELEASE: release.model_dump(mode="json")},
        )
        if self._local:
            return
        for name in KEYWORD_FIELDS:
            await self._client.create_payload_index(collection, name, models.PayloadSchemaType.KEYWORD)
        for name in INTEGER_FIELDS:
            await self._client.create_payload_index(collection, name, models.PayloadSchemaType.INTEGER)

    async def _discard(self, collection: str) -> None:
        """Remove an unfinished collection, if the server can still be reached; the next build removes it otherwise."""
        try:
            await self._client.delete_collection(collection)
        except (ApiException, grpc.aio.AioRpcError, OSError):
            return

    async def _is_complete(self, collection: str, release: Release) -> bool:
        if not await self._client.collection_exists(collection):
            return False
        return (await self._client.count(collection, exact=True)).count == release.sections

    async def _available(self) -> tuple[str, ...]:
        prefix = f"{self._alias}-"
        names = [item.name for item in (await self._client.get_collections()).collections]
        found: list[str] = []
        for name in sorted(name for name in names if name.startswith(prefix)):
            release = await self._manifest(name)
            if release is not None and await self._is_complete(name, release):
                found.append(release.id)
        return tuple(found)

    async def _manifest(self, collection: str) -> Release | None:
        metadata = (await self._client.get_collection(collection)).config.metadata or {}
        try:
            return Release.model_validate_json(json.dumps(metadata[_RELEASE]))
        except (KeyError, ValidationError):
            return None

    async def _current(self) -> tuple[Release, str]:
        """The served release and its collection, looked up again when that is older than the alias may be."""
        now = time.monotonic()
        if self._serving is not None and now - self._checked < _ALIAS_SECONDS:
            return self._serving
        aliases = (await self._client.get_aliases()).aliases
        collection = next((alias.collection_name for alias in aliases if alias.alias_name == self._alias), None)
        if collection is None:
            raise NoRelease(f"no release was published under the alias `{self._alias}`; run `handrail corpora index`")
        if self._serving is None or self._serving[1] != collection:
            release = await self._manifest(collection)
            if release is None:
                raise StoreUnavailable(f"collection `{collection}` holds no manifest; index again with Qdrant >= 1.16")
            self._serving = (release, collection)
        self._checked = now
        return self._serving

    async def _search(self, release: Release, collection: str, query: LegQuery) -> Candidates:
        runs = runs_of(query)
        answers = await self._client.query_batch_points(collection, [_request(run) for run in runs])
        scores = [{str(point.id): point.score for point in answer.points} for answer in answers]
        known = self._sections.of(release.id)
        missing = missing_of(known, runs, scores)
        if missing.sections:
            for record in await self._client.retrieve(collection, list(missing.sections), with_payload=True):
                known[str(record.id)] = known_of(record.payload, None)
        # A few at a time, kept as they come: together they may be too much for the timeout of one request.
        for start in range(0, len(missing.requests), _REQUESTS_OF):
            ids = list(missing.requests[start : start + _REQUESTS_OF])
            for record in await self._client.retrieve(collection, ids, with_payload=True, with_vectors=[ASKED]):
                known[str(record.id)] = known_of(record.payload, record.vector)
        return merge(release, known, runs, scores)


def connect_server(
    url: str, *, api_key: str | None = None, prefer_grpc: bool = False, timeout_s: float = 2.0, alias: str = "handrail"
) -> QdrantServerStore:
    """A store on the server at ``url``. Opens no connection yet: an unreachable server is noticed when it is used."""
    client = AsyncQdrantClient(
        url=url,
        api_key=api_key,
        prefer_grpc=prefer_grpc,
        timeout=max(1, round(timeout_s)),
        check_compatibility=False,  # the check blocks and would need the server to be up
    )
    return QdrantServerStore(client, alias)


@asynccontextmanager
async def _reachable(alias: str) -> AsyncIterator[None]:
    """Turn what the client raises into our errors."""
    try:
        yield
    except UnexpectedResponse as error:
        raise StoreUnavailable(f"qdrant answered `{error.status_code}` for `{alias}`: {error.reason_phrase}") from error
    except grpc.aio.AioRpcError as error:
        raise StoreUnavailable(f"qdrant answered `{error.code().name}` for `{alias}`: {error.details()}") from error
    except ResponseHandlingException as error:
        raise StoreUnavailable(f"qdrant cannot be reached: {error}; check HANDRAIL_QDRANT_URL") from error
    except (ApiException, OSError) as error:
        raise StoreUnavailable(f"qdrant cannot be reached: {error}; check HANDRAIL_QDRANT_URL") from error


def _is_missing(error: Exception) -> bool:
    """True when ``error`` says that the collection does not exist."""
    if isinstance(error, UnexpectedResponse):
        return error.status_code == _NOT_FOUND
    if isinstance(error, grpc.aio.AioRpcError):
        return bool(error.code() is grpc.StatusCode.NOT_FOUND)
    return "not found" in str(error)


def _request(run: Run) -> models.QueryRequest:
    return models.QueryRequest(
        query=_query(run),
        using=run.using,
        limit=run.limit,
        with_payload=False,
        params=_params(run.language),
        filter=_filter(run.wanted),
    )


def _query(run: Run) -> models.SparseVector | list[float] | list[list[float]]:
    if isinstance(run.vector, SparseVector):
        return _sparse(run.vector)
    return [run.vector.tolist()] if run.using == ASKED else run.vector.tolist()


def _params(language: str | None) -> models.SearchParams | None:
    """Word frequencies are those of one language: a Spanish word is not rare because most texts are English."""
    if language is None:
        return None
    return models.SearchParams(idf=models.IdfCorpusParams(corpus=_filter((AnyOf("locale", (language,)),))))


def _filter(wanted: tuple[Condition, ...]) -> models.Filter:
    return models.Filter(
        must=[_condition(condition) for condition in wanted if not isinstance(condition, NoneOf)],
        must_not=[_condition(condition) for condition in wanted if isinstance(condition, NoneOf)],
    )


def _sparse(vector: SparseVector) -> models.SparseVector:
    return models.SparseVector(indices=list(vector.indices), values=list(vector.values))


def _condition(condition: Condition) -> models.FieldCondition:
    if isinstance(condition, AtLeast):
        return models.FieldCondition(key=condition.field, range=models.Range(gte=condition.value))
    return models.FieldCondition(key=condition.field, match=models.MatchAny(any=list(condition.values)))


def _point(point: IndexPoint) -> models.PointStruct:
    asked = {} if point.asked is None else {ASKED: point.asked.tolist()}
    return models.PointStruct(
        id=point_id(point.section.section_id),
        vector={DENSE: point.dense.tolist(), LEXICAL: _sparse(point.sparse), **asked},
        payload=payload_of(point.section),
    )
