"""The library in a database: immutable revisions, an append-only history, releases. SQLite or PostgreSQL.

Rows are added and never changed, but for two that hold no history: the folder last read, and the lease of a publisher.
The state of a revision is that of the last entry of its history; nothing else records it, so nothing can disagree.
Writers take turns: on SQLite by ``BEGIN IMMEDIATE``, on PostgreSQL by a lock on the history.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any, Final

from pydantic import AwareDatetime
from sqlalchemy import Select, delete, func, insert, select, tuple_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from corpora.errors import CorpusStoreUnavailable
from corpora.folders import Parsed
from corpora.lifecycle import Actor, Entry, Frozen, Status, Step, after, barred_after
from corpora.tables import ACTIVATIONS, FOLDERS, HISTORY, LEASES, METADATA, RELEASES, REVISIONS

_BATCH: Final = 400


class RevisionInfo(Frozen):
    """A revision without its text."""

    seq: int
    document_id: str
    revision: str
    content_hash: str
    path: str
    """Where the document lies in a folder of Markdown, with ``/``."""
    title: str
    domain: str
    locale: str
    review_by: date
    unverified: int
    """Facts that no editor could check; see the front matter."""
    author: str
    origin: str
    """How it came in: ``bundled``, ``folder``, ``import``, or the name of a connector."""
    created_at: AwareDatetime

    @property
    def name(self) -> str:
        """``DOC@REV``."""
        return f"{self.document_id}@{self.revision}"


class Standing(Frozen):
    """A revision and the last entry of its history."""

    info: RevisionInfo
    last: Entry

    @property
    def status(self) -> Status:
        """Its state."""
        return self.last.status


class StoredRelease(Frozen):
    """A release that was prepared, by whom and why. It was live when an activation names it."""

    number: int
    id: str
    manifest: str
    actor: str
    role: str
    reason: str
    at: AwareDatetime


class Activation(Frozen):
    """A release went live."""

    seq: int
    release: str
    kind: str
    """``publish``, ``rollback`` or ``recover``."""
    actor: str
    role: str
    reason: str
    at: AwareDatetime


class CorpusStore:
    """The library on one engine, which the caller owns."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(read_only=True)

    async def open(self) -> None:
        """The tables exist afterwards. Raises ``CorpusStoreUnavailable``."""
        async with self._failures(), self._engine.connect() as connection:
            # Processes that start together must not create the tables both.
            await _lock(connection, "SELECT pg_advisory_xact_lock(480517)")
            await connection.run_sync(METADATA.create_all)
            await connection.commit()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Ledger]:
        """The library to read. Raises ``CorpusStoreUnavailable``."""
        async with self._failures(), self._reading.connect() as connection:
            yield Ledger(connection)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Ledger]:
        """The library to read and add to, alone; all of it is durable afterwards, or nothing when an error leaves.

        Raises ``CorpusStoreUnavailable``.
        """
        async with self._failures(), self._engine.connect() as connection:
            await _lock(connection, f"LOCK TABLE {HISTORY.name} IN SHARE ROW EXCLUSIVE MODE")
            try:
                yield Ledger(connection)
            except BaseException:
                await connection.rollback()
                raise
            await connection.commit()

    @asynccontextmanager
    async def _failures(self) -> AsyncIterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            cause = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise CorpusStoreUnavailable(f"the library's database cannot be used: {cause}") from error


class Ledger:
    """What can be read from and added to the library inside one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    # --- revisions ----------------------------------------------------------------------------------

    async def add(self, infos: Sequence[tuple[RevisionInfo, bytes]]) -> None:
        """These revisions with their texts are stored; ``seq`` is given by the database."""
        rows = [
            {
                **info.model_dump(exclude={"seq", "review_by", "created_at"}),
                "review_by": info.review_by.isoformat(),
                "created_at": _moment(info.created_at),
                "text": text,
            }
            for info, text in infos
        ]
        if rows:
            await self._connection.execute(insert(REVISIONS), rows)

    async def text(self, document_id: str, revision: str) -> bytes | None:
        """The bytes of a revision as they came in."""
        where = (REVISIONS.c.document_id == document_id) & (REVISIONS.c.revision == revision)
        return (await self._connection.execute(select(REVISIONS.c.text).where(where))).scalar_one_or_none()

    async def texts(self, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """The bytes of these ``(document id, revision)``; unknown ones are left out."""
        columns = (REVISIONS.c.document_id, REVISIONS.c.revision, REVISIONS.c.text)
        found: dict[tuple[str, str], bytes] = {}
        wanted = sorted(names)
        for start in range(0, len(wanted), _BATCH):
            chunk = wanted[start : start + _BATCH]
            query = select(*columns).where(tuple_(REVISIONS.c.document_id, REVISIONS.c.revision).in_(chunk))
            for row in (await self._connection.execute(query)).all():
                found[(row.document_id, row.revision)] = row.text
        return found

    async def standings(self, document_id: str | None = None) -> list[Standing]:
        """Every revision, oldest first, with the last entry of its history; of one document only when it is named."""
        last = _last_entries()
        columns = [column for column in REVISIONS.c if column.name != "text"]
        query = (
            select(*columns, *(column.label(f"h_{column.name}") for column in HISTORY.c))
            .join(last, (last.c.document_id == REVISIONS.c.document_id) & (last.c.revision == REVISIONS.c.revision))
            .join(HISTORY, HISTORY.c.seq == last.c.seq)
            .order_by(REVISIONS.c.seq)
        )
        if document_id is not None:
            query = query.where(REVISIONS.c.document_id == document_id)
        rows = (await self._connection.execute(query)).mappings().all()
        return [_standing(row) for row in rows]

    async def published(self) -> set[tuple[str, str]]:
        """``(document id, revision)`` of all that is published."""
        last = _last_entries()
        query = select(HISTORY.c.document_id, HISTORY.c.revision).join(last, last.c.seq == HISTORY.c.seq)
        rows = (await self._connection.execute(query.where(HISTORY.c.status == Status.PUBLISHED.value))).all()
        return {(row.document_id, row.revision) for row in rows}

    # --- history ------------------------------------------------------------------------------------

    async def history(
        self, document_id: str | None = None, revision: str | None = None, limit: int | None = None
    ) -> list[Entry]:
        """Entries in order, of one document or revision when named; the last ``limit`` ones when given."""
        query: Select[Any] = select(HISTORY).order_by(HISTORY.c.seq.desc()).limit(limit)
        if document_id is not None:
            query = query.where(HISTORY.c.document_id == document_id)
        if revision is not None:
            query = query.where(HISTORY.c.revision == revision)
        rows = (await self._connection.execute(query)).mappings().all()
        return [Entry.model_validate(dict(row)) for row in reversed(rows)]

    async def begin(
        self, names: Sequence[tuple[str, str]], step: Step, status: Status, actor: Actor, at: datetime, reason: str
    ) -> None:
        """New revisions enter the history with ``step``."""
        rows = [
            _row(document_id, revision, 1, step, status, False, actor, at, reason, None)
            for document_id, revision in names
        ]
        if rows:
            await self._connection.execute(insert(HISTORY), rows)

    async def take(
        self,
        standings: Sequence[Standing],
        step: Step,
        actor: Actor,
        at: datetime,
        reason: str = "",
        *,
        release: str | None = None,
        status: Status | None = None,
    ) -> None:
        """Each revision has taken ``step``; ``status`` overrides where it leads. Raises ``WrongState``."""
        rows = [
            _row(
                standing.info.document_id,
                standing.info.revision,
                standing.last.number + 1,
                step,
                status or after(standing.status, step),
                barred_after(standing.last.barred, step),
                actor,
                at,
                reason,
                release,
            )
            for standing in standings
        ]
        if rows:
            await self._connection.execute(insert(HISTORY), rows)

    async def barred(self) -> frozenset[str]:
        """Revisions that must not be served, whatever release holds them."""
        last = _last_entries()
        query = select(HISTORY.c.revision).join(last, last.c.seq == HISTORY.c.seq).where(HISTORY.c.barred)
        return frozenset((await self._connection.execute(query)).scalars())

    async def version(self) -> int:
        """Grows with every entry of the history and every switch: an unchanged number means an unchanged library."""
        steps = (await self._connection.execute(select(func.max(HISTORY.c.seq)))).scalar_one() or 0
        switches = (await self._connection.execute(select(func.max(ACTIVATIONS.c.seq)))).scalar_one() or 0
        return int(steps) + int(switches)

    # --- releases -----------------------------------------------------------------------------------

    async def add_release(self, number: int, id: str, manifest: str, actor: Actor, reason: str, at: datetime) -> None:
        """The manifest of a release is stored; it is not live by that."""
        values = {"number": number, "id": id, "manifest": manifest, "reason": reason, "at": _moment(at)}
        await self._connection.execute(insert(RELEASES).values(**values, actor=actor.name, role=actor.role))

    async def releases(self) -> list[StoredRelease]:
        """Every manifest, by number."""
        rows = (await self._connection.execute(select(RELEASES).order_by(RELEASES.c.number))).mappings().all()
        return [StoredRelease.model_validate(dict(row)) for row in rows]

    async def release(self, id: str) -> StoredRelease | None:
        """One manifest."""
        row = (await self._connection.execute(select(RELEASES).where(RELEASES.c.id == id))).mappings().one_or_none()
        return StoredRelease.model_validate(dict(row)) if row else None

    async def last_number(self) -> int:
        """The highest number that a release was given; 0 before the first."""
        return (await self._connection.execute(select(func.max(RELEASES.c.number)))).scalar_one() or 0

    async def activate(self, release: str, kind: str, actor: Actor, reason: str, at: datetime) -> None:
        """It is on record that ``release`` went live."""
        values = {"release": release, "kind": kind, "reason": reason, "at": _moment(at)}
        await self._connection.execute(insert(ACTIVATIONS).values(**values, actor=actor.name, role=actor.role))

    async def activations(self, limit: int | None = None) -> list[Activation]:
        """Which release went live when, newest first."""
        query = select(ACTIVATIONS).order_by(ACTIVATIONS.c.seq.desc()).limit(limit)
        rows = (await self._connection.execute(query)).mappings().all()
        return [Activation.model_validate(dict(row)) for row in rows]

    # --- what is no history -------------------------------------------------------------------------

    async def folder(self, origin: str) -> tuple[str, str] | None:
        """Fingerprint and problems (one a line) of the folder that was last read for ``origin``."""
        row = (await self._connection.execute(select(FOLDERS).where(FOLDERS.c.origin == origin))).one_or_none()
        return (row.fingerprint, row.problems) if row else None

    async def set_folder(self, origin: str, fingerprint: str, problems: str) -> None:
        """The folder of ``origin`` was read in this state."""
        await self._connection.execute(delete(FOLDERS).where(FOLDERS.c.origin == origin))
        values = {"origin": origin, "fingerprint": fingerprint, "problems": problems}
        await self._connection.execute(insert(FOLDERS).values(**values))

    async def lease(self, name: str) -> tuple[str, datetime] | None:
        """Who holds the lease, and until when."""
        row = (await self._connection.execute(select(LEASES).where(LEASES.c.name == name))).one_or_none()
        return (row.holder, datetime.fromisoformat(row.until)) if row else None

    async def set_lease(self, name: str, holder: str, until: datetime) -> None:
        """``holder`` has the lease until then."""
        values = {"holder": holder, "until": _moment(until)}
        done = await self._connection.execute(update(LEASES).where(LEASES.c.name == name).values(**values))
        if done.rowcount == 0:
            await self._connection.execute(insert(LEASES).values(name=name, **values))

    async def drop_lease(self, name: str, holder: str) -> None:
        """``holder`` has let go, if it still had the lease."""
        where = (LEASES.c.name == name) & (LEASES.c.holder == holder)
        await self._connection.execute(delete(LEASES).where(where))


def info_of(found: Parsed, author: str, origin: str, at: datetime) -> RevisionInfo:
    """What is stored beside the text; ``seq`` is not known yet."""
    document, path, _ = found
    meta = document.meta
    return RevisionInfo(
        seq=0,
        document_id=document.id,
        revision=document.revision,
        content_hash=document.content_hash,
        path=path,
        title=meta.title,
        domain=meta.domain,
        locale=meta.locale,
        review_by=meta.review_by,
        unverified=len(meta.unverified) + sum(number.verified_on is None for number in meta.numbers),
        author=author,
        origin=origin,
        created_at=at,
    )


async def _lock(connection: AsyncConnection, elsewhere: str) -> None:
    """Only this transaction writes until it ends: SQLite's own lock, or the statement ``elsewhere``."""
    await connection.begin()
    if connection.dialect.name != "sqlite":
        await connection.exec_driver_sql(elsewhere)
        return
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is not None and not driver.in_transaction:  # an engine may begin with the lock by itself
        await connection.exec_driver_sql("BEGIN IMMEDIATE")


def _last_entries() -> Any:
    """Subquery: for each revision the ``seq`` of its last entry."""
    return (
        select(HISTORY.c.document_id, HISTORY.c.revision, func.max(HISTORY.c.seq).label("seq"))
        .group_by(HISTORY.c.document_id, HISTORY.c.revision)
        .subquery()
    )


def _standing(row: Mapping[Any, Any]) -> Standing:
    info = {key: value for key, value in row.items() if not key.startswith("h_")}
    last = {key.removeprefix("h_"): value for key, value in row.items() if key.startswith("h_")}
    return Standing(info=RevisionInfo.model_validate(info), last=Entry.model_validate(last))


def _row(
    document_id: str,
    revision: str,
    number: int,
    step: Step,
    status: Status,
    barred: bool,
    actor: Actor,
    at: datetime,
    reason: str,
    release: str | None,
) -> dict[str, Any]:
    return {
        "document_id": document_id,
        "revision": revision,
        "number": number,
        "step": step.value,
        "status": status.value,
        "barred": barred,
        "actor": actor.name,
        "role": actor.role,
        "at": _moment(at),
        "reason": reason,
        "release": release,
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
