"""Bring a whole upstream source in: what is new or changed waits in review, what is the same is left alone.

The connector and the writing of documents run in a worker thread; nothing is stored before all of it is read, and then
all of it is stored, or nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final, NamedTuple

from corpora.connectors.base import Connector, Found, Skip, SourceFolder
from corpora.connectors.compose import Composed, compose, date_in, id_of
from corpora.connectors.profile import SourceProfile
from corpora.document import decode_document
from corpora.errors import DocumentError, NotAllowed, WrongState
from corpora.folders import Parsed
from corpora.lifecycle import Actor, Frozen, ReviewRules, Status, Step, approve
from corpora.lint import lint_one
from corpora.store import CorpusStore, Standing, info_of

Progress = Callable[[int, int], None]
"""Called with (files read, files in all), from a worker thread."""

_EXAMPLES: Final = 3


class SkipCount(Frozen):
    """How often something was left out for one reason."""

    reason: str
    count: int
    fault: bool
    """True when the input is broken."""
    examples: tuple[str, ...]


class SourceReport(Frozen):
    """What became of an import."""

    source: str
    origin: str
    documents: int
    sections: int
    offensive: int
    """Sections that are kept and never served."""
    languages: dict[str, int]
    """Sections by language, most first."""
    new: tuple[str, ...]
    """``DOC@REV``, as all names below."""
    changed: tuple[str, ...]
    unchanged: int
    gone: tuple[str, ...]
    """Documents of an earlier import that were not found; a person decides whether to retire them."""
    skipped: tuple[SkipCount, ...]
    """Faults first, then the most frequent."""
    seconds: float

    @property
    def has_faults(self) -> bool:
        """True when something of the input is broken."""
        return any(skip.fault for skip in self.skipped)


class _Taken(NamedTuple):
    """What a source holds, before anything is stored."""

    documents: list[Composed]
    skips: list[Skip]


def origin_of(source: str) -> str:
    """How revisions of the source of this name are marked in the store."""
    return f"source:{source}"


async def take_in(
    store: CorpusStore,
    root: Path,
    connector: Connector,
    source: SourceProfile,
    actor: Actor,
    at: datetime,
    *,
    retrieved: date | None = None,
    reason: str = "",
    progress: Progress | None = None,
) -> SourceReport:
    """Every document under ``root`` is stored, and in review unless an equal revision of it is stored already.

    ``retrieved`` is the day on which the folder was fetched, by default that of ``at``; a page that differs in nothing else is
    unchanged. Raises ``LibraryError`` when there is no such folder, and ``CorpusStoreUnavailable``.
    """
    started = time.monotonic()
    origin = origin_of(source.name)
    async with store.reading() as ledger:
        every = await ledger.standings()
        newest = {s.info.document_id: s for s in every if s.info.origin == origin}
        texts = await ledger.texts([(s.info.document_id, s.info.revision) for s in newest.values()])
    days = {document_id: date_in(data) for (document_id, _), data in texts.items()}
    reading = _Reading(source, retrieved or at.date(), newest, days, {s.info.document_id: s.info.origin for s in every})
    taken = await asyncio.to_thread(reading.read, root, connector, progress)
    async with store.writing() as ledger:
        stored = {(s.info.document_id, s.info.revision) for s in await ledger.standings()}
        fresh = [each for each in taken.documents if (each.document.id, each.document.revision) not in stored]
        parsed = [Parsed(each.document, each.document.path.as_posix(), each.data) for each in fresh]
        await ledger.add([(info_of(each, actor.name, origin, at), each.data) for each in parsed])
        names = [(each.document.id, each.document.revision) for each in parsed]
        await ledger.begin(
            names, Step.IMPORT, Status.IN_REVIEW, actor, at, reason or f"imported from {source.publisher}"
        )
    return _report(source, taken, fresh, newest, time.monotonic() - started)


class _Reading:
    """Reads one folder, knowing what was stored of it before."""

    def __init__(
        self,
        source: SourceProfile,
        retrieved: date,
        newest: Mapping[str, Standing],
        days: Mapping[str, date | None],
        owners: Mapping[str, str],
    ) -> None:
        self._source = source
        self._retrieved = retrieved
        self._newest = newest
        self._days = days
        self._owners = owners

    def read(self, root: Path, connector: Connector, progress: Progress | None) -> _Taken:
        """All documents of the folder, and all that was left out."""
        opened: list[str] = []

        def note(path: str) -> None:
            opened.append(path)
            if progress:
                progress(min(len(opened), total), total)

        folder = SourceFolder(root, note)
        total = len(folder.paths(connector.suffixes))
        first: dict[str, Found] = {}
        taken = _Taken([], [])
        for found in connector.find(folder, self._source):
            composed = self._composed(found, first) if isinstance(found, Found) else found
            if isinstance(composed, Skip):
                taken.skips.append(composed)
            else:
                taken.documents.append(composed)
                taken.skips.extend(composed.skips)
        if not total:
            ends = " or ".join(f"`{suffix}`" for suffix in connector.suffixes)
            taken.skips.append(Skip(str(root), f"holds no file that ends in {ends}", fault=True))
        return taken

    def _composed(self, found: Found, first: dict[str, Found]) -> Composed | Skip:
        document_id = id_of(found.key, self._source)
        earlier = first.setdefault(document_id, found)
        if earlier is not found:
            if earlier.parts == found.parts:
                return Skip(found.path, "the same text as in an earlier file", found.title)
            detail = f"id `{document_id}`, first in {earlier.path}"
            return Skip(found.path, "an id that an earlier file has used for another text", detail, fault=True)
        owner = self._owners.get(document_id, origin_of(self._source.name))
        if owner != origin_of(self._source.name):
            detail = f"`{document_id}` came in as `{owner}`"
            return Skip(found.path, "an id that belongs to another source of the library", detail, fault=True)
        stored = self._newest.get(document_id)
        if stored is not None and (day := self._days.get(document_id)) is not None:
            same = compose(found, self._source, day)
            if isinstance(same, Skip) or same.document.revision == stored.info.revision:
                return same
        return compose(found, self._source, self._retrieved)


def _report(
    source: SourceProfile, taken: _Taken, fresh: list[Composed], newest: Mapping[str, Standing], seconds: float
) -> SourceReport:
    sections = [section for each in taken.documents for section in each.document.sections]
    found = {each.document.id for each in taken.documents}
    gone = [s for key, s in newest.items() if key not in found and s.status not in (Status.RETIRED, Status.WITHDRAWN)]
    return SourceReport(
        source=source.name,
        origin=origin_of(source.name),
        documents=len(taken.documents),
        sections=len(sections),
        offensive=sum(section.stance == "offensive" for section in sections),
        languages=dict(Counter(section.locale for section in sections).most_common()),
        new=tuple(_name(each) for each in fresh if each.document.id not in newest),
        changed=tuple(_name(each) for each in fresh if each.document.id in newest),
        unchanged=len(taken.documents) - len(fresh),
        gone=tuple(standing.info.name for standing in gone),
        skipped=_counted(taken.skips),
        seconds=round(seconds, 2),
    )


def _counted(skips: list[Skip]) -> tuple[SkipCount, ...]:
    groups: dict[tuple[str, bool], list[Skip]] = {}
    for skip in skips:
        groups.setdefault((skip.reason, skip.fault), []).append(skip)
    ordered = sorted(groups.items(), key=lambda group: (not group[0][1], -len(group[1])))
    return tuple(
        SkipCount(
            reason=reason,
            count=len(each),
            fault=fault,
            examples=tuple(
                f"{s.path}: {s.detail}" if s.detail else s.path for s in (each if fault else each[:_EXAMPLES])
            ),
        )
        for (reason, fault), each in ordered
    )


def _name(each: Composed) -> str:
    return f"{each.document.id}@{each.document.revision}"


# --- approving a source as a whole --------------------------------------------------------------------


class SourceApproval(Frozen):
    """What became of the approval of a whole source."""

    approved: int
    """Revisions that have all their approvals now."""
    waiting: int
    """Revisions that have this approval and wait for another one."""
    left: tuple[str, ...]
    """``DOC@REV: why`` of those that a person must look at by themselves."""


async def approve_source(
    store: CorpusStore, rules: ReviewRules, origin: str, actor: Actor, at: datetime, reason: str
) -> SourceApproval:
    """The approval of ``actor`` is on record for everything of ``origin`` in review in which lint finds no error.

    Whoever does this vouches for the source. Raises ``NotAllowed`` or ``WrongState`` when nothing of it is in review.
    """
    if actor.role not in rules.reviewer_roles:
        raise NotAllowed(f"role `{actor.role}` does not review; expected one of {', '.join(rules.reviewer_roles)}")
    async with store.writing() as ledger:
        standings = await ledger.standings()
        open_ = [s for s in standings if s.info.origin == origin and s.status is Status.IN_REVIEW]
        if not open_:
            raise WrongState(f"nothing of `{origin[:60]}` waits for review; see `handrail corpora status`")
        texts = await ledger.texts([(s.info.document_id, s.info.revision) for s in open_])
        originals = {s.info.document_id: s.info.revision for s in standings}
        left = await asyncio.to_thread(_with_faults, open_, texts, originals, at.date())
        by_status: dict[Status, list[Standing]] = defaultdict(list)
        for standing in open_:
            if standing.info.name in left:
                continue
            history = await ledger.history(standing.info.document_id, standing.info.revision)
            try:
                status, _ = approve(history, standing.info.author, standing.info.domain, actor, rules)
            except NotAllowed as error:
                left[standing.info.name] = str(error)
            else:
                by_status[status].append(standing)
        for status, chosen in by_status.items():
            await ledger.take(chosen, Step.APPROVE, actor, at, reason, status=status)
    return SourceApproval(
        approved=len(by_status[Status.APPROVED]),
        waiting=len(by_status[Status.IN_REVIEW]),
        left=tuple(f"{name}: {why}" for name, why in left.items()),
    )


def _with_faults(
    standings: Sequence[Standing], texts: Mapping[tuple[str, str], bytes], originals: Mapping[str, str], today: date
) -> dict[str, str]:
    """By name, what lint holds against a revision."""
    faults: dict[str, str] = {}
    for standing in standings:
        info = standing.info
        try:
            document = decode_document(texts[(info.document_id, info.revision)], Path(info.path))
        except DocumentError as error:
            faults[info.name] = str(error)
            continue
        errors = [finding for finding in lint_one(document, originals, today) if finding.level == "error"]
        if errors:
            faults[info.name] = f"{errors[0].code}: {errors[0].message}"
    return faults
