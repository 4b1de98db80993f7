"""The default store: Qdrant Edge, the Rust engine inside this process, on a folder of immutable releases.

    <root>/releases/<id>/release.json   the manifest; its presence means that the release is complete
    <root>/releases/<id>/shard/         the engine's files
    <root>/current                      one line: the id being served; replaced atomically
    <root>/build.lock                   held while a process builds

Shards are written without a write-ahead log. The log is what ties a shard to one process, and an immutable release
needs none: it is flushed, closed and renamed into place before anybody may load it. So any number of worker processes
serve one release from one copy on disk, and only *building* is limited to one process at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import itertools
import os
import shutil
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import qdrant_edge as edge
from pydantic import ValidationError

from retrieval.errors import NoRelease, ReleaseNotFound, StoreBusy, StoreError, StoreUnavailable
from retrieval.memory import page_out
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
"""Complete releases kept on disk, the served one included: enough to roll back twice."""
_BATCH: Final = 256
_STAGING: Final = ".building-"


class _Serving(NamedTuple):
    release: Release
    shard: edge.EdgeShard
    stamp: tuple[int, int]
    """Identity of the pointer file that named this release."""


class EdgeStore:
    """Releases in a folder, searched in this process."""

    def __init__(self, root: Path) -> None:
        """Keeps everything under ``root``; touches the disk only when used."""
        self._root = root
        self._releases = root / "releases"
        self._pointer = root / "current"
        self._serving: _Serving | None = None
        self._load_lock = threading.Lock()
        self._sections = SectionCache()

    async def build(self, release: Release, points: Iterable[IndexPoint]) -> None:
        """Write ``release`` into its folder; complete afterwards and not served."""
        await asyncio.to_thread(self._build, release, points)

    async def activate(self, release_id: str) -> None:
        """Replace the pointer file, in every process from its next search on; then drop the oldest releases."""
        await asyncio.to_thread(self._activate, release_id)

    async def search(self, query: LegQuery) -> Candidates:
        """The nearest sections of both legs, found in a worker thread."""
        return await asyncio.to_thread(self.search_blocking, query)

    async def health(self) -> StoreHealth:
        """Ready when the named release can be loaded."""
        return await asyncio.to_thread(self._health)

    def search_blocking(self, query: LegQuery) -> Candidates:
        """The same search for callers that are already in a worker thread."""
        serving = self._current()
        runs = runs_of(query)
        known = self._sections.of(serving.release.id)
        with _engine(f"release `{serving.release.id}` cannot be searched"):
            found = serving.shard.query_batch(edge.QueryBatchRequest([_request(run) for run in runs]))
            answers = [_scores(points) for points in found]  # each id crosses from the engine once; there are hundreds
            missing = missing_of(known, runs, answers)
            for ids, vectors in ((missing.sections, []), (missing.requests, [ASKED])):
                if not ids:
                    continue
                for record in serving.shard.retrieve([UUID(id) for id in ids], with_payload=True, with_vector=vectors):
                    known[str(record.id)] = known_of(record.payload, record.vector)
        return merge(serving.release, known, runs, answers)

    # --- building -----------------------------------------------------------------------------------

    def _build(self, release: Release, points: Iterable[IndexPoint]) -> None:
        target = self._releases / release.id
        try:
            self._releases.mkdir(parents=True, exist_ok=True)
            with self._exclusive():
                self._sweep()
                if (target / "release.json").is_file():
                    return
                staged = self._releases / f"{_STAGING}{release.id}"
                try:
                    self._write(staged, release, points)
                    os.rename(staged, target)
                finally:
                    shutil.rmtree(staged, ignore_errors=True)
        except OSError as error:
            raise StoreUnavailable(f"`{self._root}` cannot be written: {error.strerror or error}") from error

    def _write(self, staged: Path, release: Release, points: Iterable[IndexPoint]) -> None:
        """Fill the staging folder; the manifest comes last, after the engine has flushed and closed."""
        folder = staged / "shard"
        folder.mkdir(parents=True)
        shard = edge.EdgeShard.create(str(folder), _config(release.dimension))
        try:
            written = 0
            for batch in _batches(points):
                shard.update(edge.UpdateOperation.upsert_points([_point(point) for point in batch]))
                written += len(batch)
            for name in KEYWORD_FIELDS:
                shard.update(edge.UpdateOperation.create_field_index(name, edge.PayloadSchemaType.Keyword))
            for name in INTEGER_FIELDS:
                shard.update(edge.UpdateOperation.create_field_index(name, edge.PayloadSchemaType.Integer))
            shard.optimize()
            shard.flush()
        finally:
            shard.close()
        if written != release.sections:
            raise StoreError(f"release `{release.id}` got `{written}` sections; expected {release.sections}")
        (staged / "release.json").write_text(release.model_dump_json(indent=2) + "\n", encoding="utf-8")

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Only one process builds at a time. The operating system frees the lock when the process dies."""
        with (self._root / "build.lock").open("a+", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                lock.seek(0)
                holder = lock.read().strip() or "unknown"
                message = f"process `{holder}` is building into `{self._root}`; wait for it to end, then try again"
                raise StoreBusy(message) from error
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def _sweep(self) -> None:
        """Remove what a crashed build left behind. Only called by the holder of the lock."""
        for path in self._releases.glob(f"{_STAGING}*"):
            shutil.rmtree(path, ignore_errors=True)

    def _activate(self, release_id: str) -> None:
        if release_id not in self._available():
            known = ", ".join(self._available()) or "none"
            raise ReleaseNotFound(f"no release `{release_id}` under `{self._releases}`; expected one of {known}")
        fresh = self._pointer.with_name(f"current.{os.getpid()}.{threading.get_ident()}.tmp")
        try:
            with fresh.open("w", encoding="utf-8") as file:
                file.write(f"{release_id}\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, self._pointer)
        except OSError as error:
            raise StoreUnavailable(f"`{self._pointer}` cannot be written: {error.strerror or error}") from error
        finally:
            fresh.unlink(missing_ok=True)
        self._prune(release_id)

    def _prune(self, serving: str) -> None:
        """Drop the oldest complete releases. Files that another process still has open live on until it closes them."""
        older = [release_id for release_id in self._available() if release_id != serving]
        for release_id in older[: max(0, len(older) - (KEEP_RELEASES - 1))]:
            shutil.rmtree(self._releases / release_id, ignore_errors=True)

    # --- serving ------------------------------------------------------------------------------------

    def _current(self) -> _Serving:
        """The served release, loaded again when the pointer file was replaced, by whichever process."""
        stamp = self._stamp()
        serving = self._serving
        if serving is not None and serving.stamp == stamp:
            return serving
        with self._load_lock:
            if self._serving is None or self._serving.stamp != stamp:
                # Searches that still hold the old shard finish on it; it is closed when the last one lets go.
                self._serving = self._load(stamp)
            return self._serving

    def _stamp(self) -> tuple[int, int]:
        try:
            status = self._pointer.stat()
        except FileNotFoundError as error:
            raise NoRelease(f"no release was published under `{self._root}`; run `handrail corpora index`") from error
        except OSError as error:
            raise StoreUnavailable(f"`{self._pointer}` cannot be read: {error.strerror or error}") from error
        return status.st_mtime_ns, status.st_ino

    def _load(self, stamp: tuple[int, int]) -> _Serving:
        try:
            release_id = self._pointer.read_text(encoding="utf-8").strip()
            folder = self._releases / release_id
            release = Release.model_validate_json((folder / "release.json").read_bytes())
        except (OSError, ValidationError) as error:
            raise StoreUnavailable(f"the release named by `{self._pointer}` cannot be read: {error}") from error
        with _engine(f"release `{release_id}` cannot be loaded; index again"):
            shard = edge.EdgeShard.load(str(folder / "shard"))
        # The engine reads at load what it has allocated for files, in pieces of up to 32 MB: 47 MB of zeros for a thousand
        # sections.
        page_out(folder)
        return _Serving(release, shard, stamp)

    def _available(self) -> tuple[str, ...]:
        return tuple(sorted(path.parent.name for path in self._releases.glob("[!.]*/release.json")))

    def _health(self) -> StoreHealth:
        try:
            serving = self._current()
        except StoreError as error:
            return StoreHealth(ready=False, detail=str(error), available=self._available())
        return StoreHealth(ready=True, detail="ok", release=serving.release, available=self._available())


@contextlib.contextmanager
def _engine(what: str) -> Iterator[None]:
    """Name failures of the engine. Its binding raises bare ``Exception`` for them; any other class is a fault of ours."""
    try:
        yield
    except Exception as error:
        if type(error) is not Exception:
            raise
        raise StoreUnavailable(f"{what}: {error}") from error


def _config(dimension: int) -> edge.EdgeConfig:
    return edge.EdgeConfig(
        vectors={
            DENSE: edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Cosine),
            ASKED: edge.EdgeVectorParams(
                size=dimension,
                distance=edge.Distance.Cosine,
                multivector_config=edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim),
                datatype=edge.VectorStorageDatatype.Float16,  # there are more of these than sections; similarities differ by .0005
            ),
        },
        sparse_vectors={LEXICAL: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
        max_search_threads=1,  # turns run beside each other; eight threads for one search of a millisecond wait for cores
        wal_enabled=False,
    )


def _point(point: IndexPoint) -> edge.Point:
    vectors: dict[str, Any] = {
        DENSE: point.dense.tolist(),
        LEXICAL: edge.SparseVector(list(point.sparse.indices), list(point.sparse.values)),
    }
    if point.asked is not None:
        vectors[ASKED] = point.asked.tolist()
    return edge.Point(point_id(point.section.section_id), vectors, payload_of(point.section))


def _batches(points: Iterable[IndexPoint]) -> Iterator[list[IndexPoint]]:
    iterator = iter(points)
    while batch := list(itertools.islice(iterator, _BATCH)):
        yield batch


def _request(run: Run) -> edge.QueryRequest:
    if isinstance(run.vector, SparseVector):
        sparse = edge.SparseVector(list(run.vector.indices), list(run.vector.values))
        nearest = edge.Query.Nearest(sparse, using=LEXICAL)
    else:
        nearest = edge.Query.Nearest(run.vector.tolist(), using=run.using)
    return edge.QueryRequest(
        limit=run.limit, query=nearest, filter=_filter(run.wanted), params=_params(run.language), with_payload=False
    )


def _params(language: str | None) -> edge.SearchParams | None:
    """Word frequencies are those of one language: a Spanish word is not rare because most texts are English."""
    if language is None:
        return None
    return edge.SearchParams(idf=edge.IdfParams(corpus=_filter((AnyOf("locale", (language,)),))))


def _filter(wanted: tuple[Condition, ...]) -> edge.Filter:
    return edge.Filter(
        must=[_condition(condition) for condition in wanted if not isinstance(condition, NoneOf)],
        must_not=[_condition(condition) for condition in wanted if isinstance(condition, NoneOf)],
    )


def _condition(condition: Condition) -> edge.FieldCondition:
    if isinstance(condition, AtLeast):
        return edge.FieldCondition(condition.field, range=edge.RangeFloat(gte=condition.value))
    return edge.FieldCondition(condition.field, match=edge.MatchAny(list(condition.values)))


def _scores(answer: list[edge.ScoredPoint]) -> dict[str, float]:
    return {str(point.id): point.score for point in answer}
