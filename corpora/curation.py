"""The editorial work on the library: bring documents in, have them reviewed, call them back, see where all stand."""

from __future__ import annotations

import asyncio
import difflib
import unicodedata
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, NamedTuple

from corpora.connectors.base import Connector
from corpora.connectors.profile import SourceProfile
from corpora.document import Document, decode_document
from corpora.errors import LintFailed, MissingReason, NotAllowed, UnknownRevision, WrongState
from corpora.findings import Finding
from corpora.folders import Incoming, Parsing, parse_all, read_folder
from corpora.intake import Progress, SourceApproval, SourceReport, approve_source, take_in
from corpora.library import Library
from corpora.lifecycle import (
    SYSTEM_ROLE,
    Actor,
    Entry,
    Frozen,
    ReviewRules,
    Status,
    Step,
    approvals_of,
    approve,
    is_due,
    missing_approvals,
)
from corpora.lint import lint_loaded, lint_one
from corpora.store import CorpusStore, Ledger, RevisionInfo, Standing, info_of

SYSTEM: Final = Actor(name="handrail", role=SYSTEM_ROLE)
"""Takes the steps that happen by themselves."""
_PREFIX: Final = 6
"""Fewest digits by which a revision may be named."""

Outcome = Literal["new", "changed", "unchanged"]


class Imported(Frozen):
    """What became of one document of an import."""

    document_id: str
    revision: str
    path: str
    outcome: Outcome
    status: Status


class ImportReport(Frozen):
    """What became of an import: every document, and what was skipped."""

    documents: tuple[Imported, ...]
    problems: tuple[str, ...]
    """``file:line: problem``."""

    def count(self, outcome: Outcome) -> int:
        """Documents with this outcome."""
        return sum(document.outcome == outcome for document in self.documents)


class Revision(Frozen):
    """Where a revision stands, and what it waits for."""

    document_id: str
    revision: str
    title: str
    domain: str
    locale: str
    path: str
    origin: str
    author: str
    status: Status
    since: datetime
    review_by: date
    unverified: int
    approvals: dict[str, str]
    """Role by reviewer of those that stand, while it is in review or approved."""
    missing: str
    """Approvals that are still missing, in words; only while it is in review."""


class File(NamedTuple):
    """A document to export."""

    path: str
    data: bytes


class Curation:
    """The editorial work over one store."""

    def __init__(
        self, store: CorpusStore, rules: ReviewRules, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._store = store
        self._rules = rules
        self._now = now

    # --- bringing documents in ----------------------------------------------------------------------

    async def import_folder(self, root: Path, actor: Actor, reason: str = "") -> ImportReport:
        """Import every document under ``root``. Raises ``LibraryError`` and as ``import_files``."""
        return await self._import(await asyncio.to_thread(read_folder, root), actor, reason)

    async def import_files(self, files: Sequence[Incoming], actor: Actor, reason: str = "") -> ImportReport:
        """Each readable document is stored as a draft, unless this revision of it is stored already.

        Whatever status the front matter names, reviews are given here. Raises ``CorpusStoreUnavailable``.
        """
        return await self._import(await asyncio.to_thread(parse_all, files), actor, reason)

    async def _import(self, parsing: Parsing, actor: Actor, reason: str) -> ImportReport:
        at = self._now()
        async with self._store.writing() as ledger:
            standings = await ledger.standings()
            known = {(s.info.document_id, s.info.revision): s.status for s in standings}
            ids = {s.info.document_id for s in standings}
            fresh = [p for p in parsing.documents if (p.document.id, p.document.revision) not in known]
            await ledger.add([(info_of(p, actor.name, "import", at), p.data) for p in fresh])
            names = [(p.document.id, p.document.revision) for p in fresh]
            await ledger.begin(names, Step.IMPORT, Status.DRAFT, actor, at, reason)
        documents = tuple(
            Imported(
                document_id=p.document.id,
                revision=p.document.revision,
                path=p.path,
                outcome="unchanged" if key in known else "changed" if p.document.id in ids else "new",
                status=known.get(key, Status.DRAFT),
            )
            for p in parsing.documents
            for key in [(p.document.id, p.document.revision)]
        )
        return ImportReport(documents=documents, problems=tuple(str(problem) for problem in parsing.problems))

    async def import_source(
        self,
        root: Path,
        connector: Connector,
        source: SourceProfile,
        actor: Actor,
        *,
        retrieved: date | None = None,
        reason: str = "",
        progress: Progress | None = None,
    ) -> SourceReport:
        """See ``corpora.intake.take_in``."""
        at = self._now()
        return await take_in(
            self._store, root, connector, source, actor, at, retrieved=retrieved, reason=reason, progress=progress
        )

    # --- review -------------------------------------------------------------------------------------

    async def submit(self, document_id: str, revision: str | None, actor: Actor, reason: str = "") -> Revision:
        """The revision waits for approvals. Raises ``LintFailed``, ``WrongState`` or ``UnknownRevision``."""
        async with self._store.writing() as ledger:
            standing = await self._pick(ledger, document_id, revision, (Status.DRAFT,), "submit")
            findings = await self._faults(ledger, standing)
            if findings:
                raise LintFailed(
                    f"`{standing.info.name}` has faults that must be mended first ({len(findings)}): {findings[0]}",
                    tuple(findings),
                )
            await ledger.take([standing], Step.SUBMIT, actor, self._now(), reason)
            return await self._view(ledger, standing.info)

    async def approve(self, document_id: str, revision: str | None, actor: Actor, reason: str = "") -> Revision:
        """The approval is on record; with the last one that its domain asks for the revision is approved.

        Raises ``NotAllowed``, ``WrongState`` or ``UnknownRevision``.
        """
        async with self._store.writing() as ledger:
            standing = await self._pick(ledger, document_id, revision, (Status.IN_REVIEW,), "approve")
            info = standing.info
            history = await ledger.history(info.document_id, info.revision)
            status, _ = approve(history, info.author, info.domain, actor, self._rules)
            await ledger.take([standing], Step.APPROVE, actor, self._now(), reason, status=status)
            return await self._view(ledger, info)

    async def approve_source(self, origin: str, actor: Actor, reason: str) -> SourceApproval:
        """See ``corpora.intake.approve_source``; a reason must be given, for nobody has read every page."""
        _require_reason("approve a whole source", reason)
        return await approve_source(self._store, self._rules, origin, actor, self._now(), reason)

    async def reject(self, document_id: str, revision: str | None, actor: Actor, reason: str) -> Revision:
        """The revision is a draft again, and its approvals are void. Raises as ``approve``; a reason must be given."""
        _require_reason("reject", reason)
        if actor.role not in self._rules.reviewer_roles:
            expected = ", ".join(self._rules.reviewer_roles)
            raise NotAllowed(f"role `{actor.role}` does not review; expected one of {expected}")
        async with self._store.writing() as ledger:
            standing = await self._pick(ledger, document_id, revision, (Status.IN_REVIEW, Status.APPROVED), "reject")
            await ledger.take([standing], Step.REJECT, actor, self._now(), reason)
            return await self._view(ledger, standing.info)

    async def withdraw(self, document_id: str, revision: str | None, actor: Actor, reason: str) -> tuple[Revision, ...]:
        """The revision is not served from the next turn on; without ``revision`` no revision of the document is.

        Raises ``WrongState`` when it was withdrawn already, ``UnknownRevision``; a reason must be given.
        """
        return await self._take_out(
            Step.WITHDRAW, frozenset(Status) - {Status.WITHDRAWN}, document_id, revision, actor, reason
        )

    async def retire(self, document_id: str, revision: str | None, actor: Actor, reason: str) -> tuple[Revision, ...]:
        """The revision has served its time: not served from the next turn on, and in no later release.

        Raises as ``withdraw``.
        """
        allowed = frozenset({Status.PUBLISHED, Status.APPROVED, Status.EXPIRED})
        return await self._take_out(Step.RETIRE, allowed, document_id, revision, actor, reason)

    async def _take_out(
        self,
        step: Step,
        allowed: Collection[Status],
        document_id: str,
        revision: str | None,
        actor: Actor,
        reason: str,
    ) -> tuple[Revision, ...]:
        _require_reason(step.value, reason)
        async with self._store.writing() as ledger:
            named = await self._named(ledger, document_id, revision)
            chosen = [standing for standing in named if revision is not None or standing.status in allowed]
            if not chosen:
                states = ", ".join(f"`{s.info.name}` is `{s.status}`" for s in named)
                raise WrongState(f"nothing of `{document_id}` is left to {step.value}: {states}")
            await ledger.take(chosen, step, actor, self._now(), reason)
            return tuple([await self._view(ledger, standing.info) for standing in chosen])

    async def expire_due(self) -> tuple[str, ...]:
        """Every revision past its ``review_by`` is expired on record; those that just became so, as ``DOC@REV``."""
        today = self._now().date()
        async with self._store.reading() as ledger:
            if not any(is_due(s.status, s.info.review_by, today) for s in await ledger.standings()):
                return ()
        async with self._store.writing() as ledger:
            due = [s for s in await ledger.standings() if is_due(s.status, s.info.review_by, today)]
            await ledger.take(due, Step.EXPIRE, SYSTEM, self._now(), "its review_by has passed")
        return tuple(standing.info.name for standing in due)

    # --- looking ------------------------------------------------------------------------------------

    async def revisions(self, document_id: str | None = None) -> tuple[Revision, ...]:
        """Where every revision stands, oldest first; of one document when named. Raises ``UnknownRevision``."""
        async with self._store.reading() as ledger:
            standings = await ledger.standings(document_id)
            if document_id is not None and not standings:
                raise _unknown(document_id, None, [])
            reviewed = {s.info.document_id for s in standings if s.status in (Status.IN_REVIEW, Status.APPROVED)}
            history = {name: await ledger.history(name) for name in reviewed}
        return tuple(self._seen(s, history.get(s.info.document_id, [])) for s in standings)

    async def expiring(self, within: timedelta) -> tuple[Revision, ...]:
        """Revisions in service whose ``review_by`` comes within this time or has passed, soonest first."""
        limit = self._now().date() + within
        due = [
            revision
            for revision in await self.revisions()
            if revision.status in (Status.PUBLISHED, Status.EXPIRED) and revision.review_by <= limit
        ]
        return tuple(sorted(due, key=lambda revision: (revision.review_by, revision.document_id)))

    async def history(
        self, document_id: str | None = None, revision: str | None = None, limit: int | None = None
    ) -> list[Entry]:
        """What happened, in order; the last ``limit`` steps when given. Raises ``UnknownRevision``."""
        async with self._store.reading() as ledger:
            if document_id is not None:
                named = await self._named(ledger, document_id, revision)
                revision = named[0].info.revision if revision is not None else None
            return await ledger.history(document_id, revision, limit)

    async def text(self, document_id: str, revision: str | None = None) -> tuple[RevisionInfo, bytes]:
        """A revision with its bytes; the newest one when none is named. Raises ``UnknownRevision``."""
        async with self._store.reading() as ledger:
            standing = (await self._named(ledger, document_id, revision))[-1]
            return standing.info, await self._bytes(ledger, standing)

    async def diff(self, document_id: str, old: str | None = None, new: str | None = None) -> str:
        """A unified diff; by default from what is served, else the revision before, to the newest one; empty when equal.

        Raises ``UnknownRevision``.
        """
        async with self._store.reading() as ledger:
            every = await self._named(ledger, document_id, None)
            after = (await self._named(ledger, document_id, new))[-1]
            before = (await self._named(ledger, document_id, old))[-1] if old else _base(every, after)
            second = _lines(await self._bytes(ledger, after))
            first = _lines(await self._bytes(ledger, before)) if before else []
        names = (before.info.name if before else "(nothing)", after.info.name)
        return "\n".join(difflib.unified_diff(first, second, *names, lineterm=""))

    async def lint(self, document_id: str, revision: str | None = None) -> list[Finding]:
        """What an editor has to mend in a stored revision, seen beside all that is served."""
        async with self._store.reading() as ledger:
            standing = (await self._named(ledger, document_id, revision))[-1]
            others = [s for s in await ledger.standings() if s.status is Status.PUBLISHED]
            chosen = [s for s in others if s.info.document_id != document_id] + [standing]
            texts = await ledger.texts([(s.info.document_id, s.info.revision) for s in chosen])
        documents = await asyncio.to_thread(lambda: tuple(parsed(s.info, texts) for s in chosen))
        findings = await asyncio.to_thread(
            lint_loaded, Library(documents=documents, problems=()), today=self._now().date()
        )
        return [finding for finding in findings if finding.path == Path(standing.info.path)]

    async def lint_files(self, files: Sequence[Incoming]) -> list[Finding]:
        """What an editor has to mend in files that are not stored."""
        parsing = await asyncio.to_thread(parse_all, files)
        library = Library(documents=tuple(p.document for p in parsing.documents), problems=parsing.problems)
        return await asyncio.to_thread(lint_loaded, library, today=self._now().date())

    async def files(
        self, *, published: bool = False, domain: str | None = None, locale: str | None = None
    ) -> list[File]:
        """The newest revision of each document, or the published ones, as they came in, by path.

        What was withdrawn or retired is left out: it must not spread further.
        """
        left_out = (Status.WITHDRAWN, Status.RETIRED)
        async with self._store.reading() as ledger:
            chosen: dict[str, Standing] = {}
            for standing in await ledger.standings():
                if domain not in (None, standing.info.domain) or locale not in (None, standing.info.locale):
                    continue
                if standing.status is Status.PUBLISHED or not (published or standing.status in left_out):
                    chosen[standing.info.document_id] = standing
            texts = await ledger.texts([(s.info.document_id, s.info.revision) for s in chosen.values()])
        paths: dict[str, bytes] = {}
        for standing in chosen.values():
            info = standing.info
            path = info.path if info.path not in paths else f"{info.domain}/{info.locale}/{info.document_id}.md"
            paths[path] = texts[(info.document_id, info.revision)]
        return [File(path, paths[path]) for path in sorted(paths)]

    # --- the pieces ---------------------------------------------------------------------------------

    async def _named(self, ledger: Ledger, document_id: str, revision: str | None) -> list[Standing]:
        """The revisions of a document, or the one that ``revision`` begins. Raises ``UnknownRevision``."""
        standings = await ledger.standings(document_id)
        if revision is not None and len(revision) >= _PREFIX:
            found = [s for s in standings if s.info.revision.startswith(revision)]
        else:
            found = [] if revision is not None else standings
        if not found or (revision is not None and len(found) > 1):
            raise _unknown(document_id, revision, standings)
        return found

    async def _pick(
        self, ledger: Ledger, document_id: str, revision: str | None, wanted: Collection[Status], step: str
    ) -> Standing:
        """The revision named, or the only one in a wanted state."""
        named = await self._named(ledger, document_id, revision)
        if revision is not None:
            return named[0]
        found = [standing for standing in named if standing.status in wanted]
        if len(found) == 1:
            return found[0]
        states = ", ".join(f"`{s.info.revision}` is `{s.status}`" for s in named)
        many = "several revisions could be meant" if found else f"no revision of `{document_id}` waits for that"
        raise WrongState(f"cannot {step}: {many}: {states}; name one as `{document_id}@REVISION`")

    async def _faults(self, ledger: Ledger, standing: Standing) -> list[Finding]:
        data = await self._bytes(ledger, standing)
        standings = await ledger.standings()
        served = {s.info.document_id: s.info.revision for s in standings if s.status is Status.PUBLISHED}
        originals = {s.info.document_id: s.info.revision for s in standings} | served
        document = decode_document(data, Path(standing.info.path))
        findings = await asyncio.to_thread(lint_one, document, originals, self._now().date())
        return [finding for finding in findings if finding.level == "error"]

    async def _bytes(self, ledger: Ledger, standing: Standing) -> bytes:
        data = await ledger.text(standing.info.document_id, standing.info.revision)
        if data is None:
            raise _unknown(standing.info.document_id, standing.info.revision, [])
        return data

    async def _view(self, ledger: Ledger, info: RevisionInfo) -> Revision:
        (standing,) = [s for s in await ledger.standings(info.document_id) if s.info.revision == info.revision]
        return self._seen(standing, await ledger.history(info.document_id, info.revision))

    def _seen(self, standing: Standing, history: Sequence[Entry]) -> Revision:
        info = standing.info
        approvals = approvals_of([entry for entry in history if entry.revision == info.revision])
        waits = standing.status is Status.IN_REVIEW
        return Revision(
            **info.model_dump(include=set(Revision.model_fields) & set(RevisionInfo.model_fields)),
            status=standing.status,
            since=standing.last.at,
            approvals=approvals if standing.status in (Status.IN_REVIEW, Status.APPROVED) else {},
            missing=missing_approvals(self._rules.of(info.domain), approvals) if waits else "",
        )


def parsed(info: RevisionInfo, texts: dict[tuple[str, str], bytes]) -> Document:
    """The stored document. Raises ``DocumentError`` when a later version of the format refuses it."""
    return decode_document(texts[(info.document_id, info.revision)], Path(info.path))


def split_name(name: str) -> tuple[str, str | None]:
    """``DOC@REV`` or ``DOC`` as document id and revision."""
    document_id, _, revision = name.partition("@")
    return document_id, revision or None


def _base(every: Sequence[Standing], after: Standing) -> Standing | None:
    """What a revision is compared with: the served one, else the one before it."""
    others = [standing for standing in every if standing.info.seq != after.info.seq]
    served = [standing for standing in others if standing.status is Status.PUBLISHED]
    earlier = [standing for standing in others if standing.info.seq < after.info.seq]
    chosen = served or earlier
    return chosen[-1] if chosen else None


def _lines(data: bytes) -> list[str]:
    return unicodedata.normalize("NFC", data.decode("utf-8-sig")).splitlines()


def _require_reason(step: str, reason: str) -> None:
    if not reason.strip():
        raise MissingReason(f"cannot {step} without a reason; say why, for the record")


def _unknown(document_id: str, revision: str | None, standings: Sequence[Standing]) -> UnknownRevision:
    if not standings:
        return UnknownRevision(f"no document `{document_id[:120]}` is in the library; see `handrail corpora status`")
    known = ", ".join(f"`{s.info.revision}`" for s in standings[-5:])
    return UnknownRevision(f"no single revision `{(revision or '')[:20]}` of `{document_id}`; expected one of {known}")
