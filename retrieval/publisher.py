"""Publishing: a release is built beside the live one, put on record, switched to at once, and only then entered in history.

A crash at any moment leaves a library that serves one whole release. Whatever was switched without being entered is
entered by the next publisher.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from corpora.adoption import adopt_folder
from corpora.curation import SYSTEM, Curation, parsed
from corpora.document import Document
from corpora.errors import (
    CorpusStoreUnavailable,
    DocumentError,
    MissingReason,
    NothingToPublish,
    PublisherBusy,
    UnknownRelease,
    UnknownRevision,
    WrongState,
)
from corpora.lifecycle import SYSTEM_ROLE, Actor, Frozen, Status, Step
from corpora.store import Activation, CorpusStore, Standing
from retrieval.index import Progress, build_release, content_hash, next_number, plan_release
from retrieval.models import Release
from retrieval.ports import Embedder, VectorStore

LEASE: Final = timedelta(seconds=30)
"""After a crash on another machine, the next publisher waits this long at the most."""
_RENEW_S: Final = 5.0
_LEASE_NAME: Final = "publish"

Documents = Mapping[tuple[str, str], Document]


class Published(Frozen):
    """A release went live."""

    release: Release
    published: tuple[str, ...]
    """Revisions that are served by it and were not before, as ``DOC@REV``."""
    taken_out: tuple[str, ...]
    """Revisions that were served before and are not in it."""


class Ensured(NamedTuple):
    """What is served, and what of the trusted folder is not."""

    release: Release
    problems: tuple[str, ...]
    """``file:line: problem`` of documents that could not be read."""


class Publisher:
    """Publishes what a library holds into a vector store."""

    def __init__(
        self,
        store: CorpusStore,
        vectors: VectorStore,
        embedder: Callable[[], Embedder],
        curation: Curation,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``embedder`` is asked for in a worker thread, and only when something must be embedded or compared."""
        self._store = store
        self._vectors = vectors
        self._embedder = embedder
        self._curation = curation
        self._now = now

    async def publish(
        self, actor: Actor, reason: str = "", documents: Collection[str] = (), *, progress: Progress | None = None
    ) -> Published:
        """All that is published, and every approved revision or those of ``documents``, is served afterwards.

        Any error, and any crash, leaves what was served. Raises ``NothingToPublish``, ``WrongState``,
        ``UnknownRevision``, ``PublisherBusy`` or ``RetrievalError``.
        """
        async with self._lease(actor) as lease:
            await self._recover()
            await self._curation.expire_due()
            async with self._store.reading() as ledger:
                standings = await ledger.standings()
            chosen = _approved(standings, documents)
            live = [*_published(standings, {s.info.document_id for s in chosen}), *chosen]
            release = await self._build(live, actor, reason, {}, progress=progress)
            await self._require_publishable(chosen, release)
            await self._switch(release, lease)
            return await self._enter(release, "publish", actor, reason)

    async def rollback(self, actor: Actor, reason: str, release_id: str | None = None) -> Published:
        """An earlier release is served: ``release_id``, else the one that was live before the present one.

        It is built again when the store no longer has it. What was withdrawn stays withdrawn.
        Raises ``MissingReason``, ``UnknownRelease``, ``PublisherBusy`` or ``RetrievalError``.
        """
        if not reason.strip():
            raise MissingReason("cannot roll back without a reason; say why, for the record")
        async with self._lease(actor) as lease:
            await self._recover()
            release = await self._earlier(release_id)
            await self._serve(release, {}, lease)
            return await self._enter(release, "rollback", actor, reason)

    async def ensure(
        self, root: Path, origin: str, *, progress: Progress | None = None, force: bool = False
    ) -> Ensured:
        """What the trusted folder ``root`` and the store publish is being served; milliseconds when it already is.

        ``force`` builds a new release in any case. Raises as ``publish``, and ``LibraryError``.
        """
        adopted = await adopt_folder(self._store, root, origin, self._now())
        if not adopted.changed and not force:
            serving = await self._current()
            if serving is not None:
                return Ensured(serving, adopted.problems)
        actor = Actor(name=origin, role=SYSTEM_ROLE)
        async with self._lease(actor) as lease:
            await self._recover()
            await self._curation.expire_due()
            if not adopted.changed and not force and (release := await self._recorded()) is not None:
                await self._serve(release, adopted.documents, lease)
                return Ensured(release, adopted.problems)
            async with self._store.reading() as ledger:
                live = _published(await ledger.standings(), ())
            release = await self._build(
                live, actor, f"the {origin} library", adopted.documents, progress, force, adopted.problems
            )
            await self._switch(release, lease)
            await self._enter(release, "publish", actor, f"the {origin} library")
            return Ensured(release, adopted.problems)

    async def catch_up(self) -> None:
        """The release that is on record as live is served here. Does nothing while somebody publishes.

        Raises ``RetrievalError`` or ``CorpusStoreUnavailable``.
        """
        if await self._current() is not None:
            return
        try:
            async with self._lease(SYSTEM) as lease:
                await self._recover()
                release = await self._recorded()
                if release is not None:
                    await self._serve(release, {}, lease)
        except PublisherBusy:
            return

    async def live(self) -> str | None:
        """Id of the release on record as live."""
        async with self._store.reading() as ledger:
            last = await ledger.activations(limit=1)
        return last[0].release if last else None

    async def releases(self) -> list[tuple[Release, Activation | None]]:
        """Every release by number, each with the last time that it went live."""
        async with self._store.reading() as ledger:
            stored = await ledger.releases()
            latest: dict[str, Activation] = {}
            for activation in await ledger.activations():
                latest.setdefault(activation.release, activation)
        return [(Release.model_validate_json(each.manifest), latest.get(each.id)) for each in stored]

    # --- building and switching ---------------------------------------------------------------------

    async def _build(
        self,
        live: Sequence[Standing],
        actor: Actor,
        reason: str,
        known: Documents,
        progress: Progress | None = None,
        force: bool = False,
        problems: Sequence[str] = (),
    ) -> Release:
        """A complete release of these revisions, on record and not served; an equal one is used again."""
        documents, broken = await self._documents([(s.info.document_id, s.info.revision) for s in live], known)
        embedder = await asyncio.to_thread(self._embedder)
        health = await self._vectors.health()
        content = content_hash(documents, embedder)
        async with self._store.reading() as ledger:
            stored = {each.id: each for each in await ledger.releases()}
            number = max(next_number(health), await ledger.last_number() + 1)
        equal = [id for id in health.available if id.endswith(content[:12]) and id in stored]
        if equal and not force:
            return Release.model_validate_json(stored[equal[-1]].manifest)
        release = plan_release(documents, embedder, number, skipped=(*problems, *broken))
        await build_release(release, documents, embedder, self._vectors, progress=progress)
        async with self._store.writing() as ledger:
            manifest = release.model_dump_json()
            await ledger.add_release(release.number, release.id, manifest, actor, reason, self._now())
        return release

    async def _documents(self, names: Sequence[tuple[str, str]], known: Documents) -> tuple[list[Document], list[str]]:
        """The documents by id, and the problems of those that can no longer be read."""
        async with self._store.reading() as ledger:
            texts = await ledger.texts([name for name in names if name not in known])
            infos = {(s.info.document_id, s.info.revision): s.info for s in await ledger.standings()}

        def read() -> tuple[list[Document], list[str]]:
            documents: list[Document] = []
            problems: list[str] = []
            for name in sorted(names):
                try:
                    documents.append(known[name] if name in known else parsed(infos[name], texts))
                except DocumentError as error:
                    problems.append(str(error))
            return documents, problems

        return await asyncio.to_thread(read)

    async def _serve(self, release: Release, known: Documents, lease: str) -> None:
        """A release on record is served, built again first when the store does not have it."""
        if release.id not in (await self._vectors.health()).available:
            names = [(entry.id, entry.revision) for entry in release.documents]
            documents, broken = await self._documents(names, known)
            if broken:
                raise UnknownRelease(f"release `{release.id}` cannot be built again: {broken[0]}")
            embedder = await asyncio.to_thread(self._embedder)
            await build_release(release, documents, embedder, self._vectors)
        await self._switch(release, lease)

    async def _switch(self, release: Release, lease: str) -> None:
        """``release`` is served. Raises ``PublisherBusy`` when the lease was lost meanwhile; then nothing has changed."""
        async with self._store.reading() as ledger:
            held = await ledger.lease(_LEASE_NAME)
        if held is None or held[0] != lease:
            raise PublisherBusy(
                "another publisher took over while the release was built; nothing was published; try again"
            )
        await self._vectors.activate(release.id)

    async def _require_publishable(self, chosen: Sequence[Standing], release: Release) -> None:
        """All that was chosen is in the release, and still approved. Raises ``WrongState``."""
        held = {(entry.id, entry.revision) for entry in release.documents}
        async with self._store.reading() as ledger:
            now = {(s.info.document_id, s.info.revision): s.status for s in await ledger.standings()}
        for standing in chosen:
            status = now[(standing.info.document_id, standing.info.revision)]
            name = standing.info.name
            if (standing.info.document_id, standing.info.revision) not in held:
                why = next(
                    (p for p in release.skipped if standing.info.path in p), "import it again to see what is wrong"
                )
                raise WrongState(f"`{name}` can no longer be read; nothing was published: {why}")
            if status is not Status.APPROVED:
                raise WrongState(f"`{name}` became `{status}` while the release was built; nothing was published")

    async def _enter(self, release: Release, kind: str, actor: Actor, reason: str) -> Published:
        """History says what the switch to ``release`` meant for every revision. Entering it twice changes nothing."""
        held = {(entry.id, entry.revision) for entry in release.documents}
        steps: dict[Step, list[Standing]] = {}
        async with self._store.writing() as ledger:
            standings = await ledger.standings()
            newest = {
                s.info.document_id: s.info.seq for s in standings if (s.info.document_id, s.info.revision) in held
            }
            for standing in standings:
                inside = (standing.info.document_id, standing.info.revision) in held
                step = _step_of(standing, inside, kind, standing.info.seq < newest.get(standing.info.document_id, 0))
                if step is not None:
                    steps.setdefault(step, []).append(standing)
            for step, chosen in steps.items():
                for status in {s.status for s in chosen} if step is Step.BAR else {None}:
                    some = [s for s in chosen if status in (None, s.status)]
                    await ledger.take(some, step, actor, self._now(), reason, release=release.id, status=status)
            await ledger.activate(release.id, kind, actor, reason, self._now())
        return Published(
            release=release,
            published=_names(steps, Step.PUBLISH, Step.RESTORE),
            taken_out=tuple(
                sorted(
                    s.info.name
                    for step in (Step.SUPERSEDE, Step.ROLL_BACK)
                    for s in steps.get(step, ())
                    if _was_live(s)
                )
            ),
        )

    async def _recover(self) -> None:
        """A release that a publisher switched to before it died is entered in history. Only under the lease."""
        serving = (await self._vectors.health()).release
        if serving is None:
            return
        async with self._store.reading() as ledger:
            stored = await ledger.release(serving.id)
            entered = any(activation.release == serving.id for activation in await ledger.activations())
        if stored is not None and not entered:
            actor = Actor(name=stored.actor, role=stored.role)
            await self._enter(serving, "recover", actor, stored.reason or "entered after an interrupted publish")

    # --- what is live -------------------------------------------------------------------------------

    async def _recorded(self) -> Release | None:
        """The release on record as live, when it can be searched here and holds all that is published."""
        async with self._store.reading() as ledger:
            last = await ledger.activations(limit=1)
            stored = await ledger.release(last[0].release) if last else None
            published = await ledger.published()
        if stored is None:
            return None
        release = Release.model_validate_json(stored.manifest)
        held = {(entry.id, entry.revision) for entry in release.documents}
        return release if published <= held and await self._fits(release) else None

    async def _current(self) -> Release | None:
        """The served release when it is the one on record, else nothing."""
        recorded = await self._recorded()
        if recorded is None:
            return None
        serving = (await self._vectors.health()).release
        return serving if serving is not None and serving.id == recorded.id else None

    async def _fits(self, release: Release) -> bool:
        """True when ``release`` was made with the embedder and the settings of today."""
        embedder = await asyncio.to_thread(self._embedder)
        return content_hash(release.documents, embedder) == release.content_hash

    async def _earlier(self, release_id: str | None) -> Release:
        async with self._store.reading() as ledger:
            stored = {each.id: each for each in await ledger.releases()}
            activations = await ledger.activations()
        once_live = sorted({a.release for a in activations if a.release in stored}, key=lambda id: stored[id].number)
        current = activations[0].release if activations else ""
        before = once_live[: once_live.index(current)] if current in once_live else []
        wanted = release_id or (before[-1] if before else None)
        known = ", ".join(f"`{id}`" for id in once_live[-5:]) or "none"
        if wanted is None:
            raise UnknownRelease(f"no release was live before `{current or 'the first'}`; known: {known}")
        if wanted not in once_live:
            raise UnknownRelease(f"no release `{wanted[:40]}` was ever live; expected one of {known}")
        release = Release.model_validate_json(stored[wanted].manifest)
        if not await self._fits(release):
            raise UnknownRelease(f"release `{wanted}` was built with another embedder or index; publish again instead")
        return release

    # --- one at a time ------------------------------------------------------------------------------

    @asynccontextmanager
    async def _lease(self, actor: Actor) -> AsyncIterator[str]:
        """Nobody else publishes meanwhile; the name of the holder. Raises ``PublisherBusy``."""
        holder = f"{actor.name[:80]}|{socket.gethostname()}|{os.getpid()}|{uuid.uuid4().hex[:8]}"
        async with self._store.writing() as ledger:
            held = await ledger.lease(_LEASE_NAME)
            if held is not None and held[1] > self._now() and not _is_dead(held[0]):
                name = held[0].split("|")[0]
                raise PublisherBusy(f"`{name}` is publishing; wait for the release to be built, then try again")
            await ledger.set_lease(_LEASE_NAME, holder, self._now() + LEASE)
        renewing = asyncio.create_task(self._renew(holder), name="publish lease")
        try:
            yield holder
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            async with self._store.writing() as ledger:
                await ledger.drop_lease(_LEASE_NAME, holder)

    async def _renew(self, holder: str) -> None:
        """Goes on for as long as the lease is held; a database that is away for a moment is tried again."""
        while True:
            await asyncio.sleep(_RENEW_S)
            with contextlib.suppress(CorpusStoreUnavailable):
                async with self._store.writing() as ledger:
                    held = await ledger.lease(_LEASE_NAME)
                    if held is None or held[0] != holder:
                        return
                    await ledger.set_lease(_LEASE_NAME, holder, self._now() + LEASE)


def _is_dead(holder: str) -> bool:
    """True when the holder was a process of this machine that has ended without letting go."""
    _, host, pid, _ = holder.rsplit("|", 3)
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _published(standings: Sequence[Standing], without: Collection[str]) -> list[Standing]:
    return [s for s in standings if s.status is Status.PUBLISHED and s.info.document_id not in without]


def _approved(standings: Sequence[Standing], documents: Collection[str]) -> list[Standing]:
    """The newest approved revision of each document, or of those named."""
    newest: dict[str, Standing] = {}
    for standing in standings:
        if standing.status is Status.APPROVED and (not documents or standing.info.document_id in documents):
            newest[standing.info.document_id] = standing
    for document_id in documents:
        if document_id not in newest:
            states = [f"`{s.info.revision}` is `{s.status}`" for s in standings if s.info.document_id == document_id]
            if not states:
                raise UnknownRevision(f"no document `{document_id[:120]}` is in the library")
            raise WrongState(f"no revision of `{document_id}` is approved: {', '.join(states)}; have it approved first")
    if not newest:
        waiting = [s.info.name for s in standings if s.status in (Status.DRAFT, Status.IN_REVIEW)]
        shown = f"; {len(waiting)} wait for review, first `{waiting[0]}`" if waiting else ""
        raise NothingToPublish(f"no approved revision waits to be published{shown}; see `handrail corpora status`")
    return list(newest.values())


def _step_of(standing: Standing, inside: bool, kind: str, older: bool) -> Step | None:
    """What the switch to a release means for a revision inside or outside of it; ``None``: nothing.

    ``older``: a later revision of its document is inside.
    """
    status = standing.status
    if not inside:
        if kind == "rollback":
            return Step.ROLL_BACK if status is Status.PUBLISHED else None
        # An approval that a later revision has overtaken must not come back with the next release.
        overtaken = older and status is Status.APPROVED
        return Step.SUPERSEDE if status is Status.PUBLISHED or overtaken else None
    if standing.last.barred or status in (Status.PUBLISHED, Status.EXPIRED, Status.WITHDRAWN):
        return None
    if status in (Status.DRAFT, Status.IN_REVIEW):
        return Step.BAR
    return Step.PUBLISH if status is Status.APPROVED and kind != "rollback" else Step.RESTORE


def _was_live(standing: Standing) -> bool:
    return standing.status is Status.PUBLISHED


def _names(steps: Mapping[Step, Sequence[Standing]], *wanted: Step) -> tuple[str, ...]:
    return tuple(sorted(standing.info.name for step in wanted for standing in steps.get(step, ())))
