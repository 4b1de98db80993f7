"""Adopt a trusted folder: what the bundled library, or the configured one, says is published is so without ceremony.

The folder speaks for its own documents only. A document that people took over by an import, withdrew or retired is theirs:
a new text for it from the folder waits in review.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from corpora.document import Document
from corpora.folders import Parsed, Parsing, read_folder
from corpora.library import fingerprint_library
from corpora.lifecycle import SYSTEM_ROLE, Actor, Status, Step
from corpora.store import CorpusStore, Ledger, Standing, info_of

BUNDLED_ORIGIN: Final = "bundled"
FOLDER_ORIGIN: Final = "folder"
_TRUSTED: Final = (BUNDLED_ORIGIN, FOLDER_ORIGIN)
_SLOT: Final = "library"
"""There is one trusted folder at a time: naming another one replaces it."""


class Adopted(NamedTuple):
    """What reading the trusted folder came to."""

    changed: bool
    """True when the library is not what it was."""
    problems: tuple[str, ...]
    """``file:line: problem`` of documents that were left out."""
    documents: dict[tuple[str, str], Document]
    """What was parsed on the way, by id and revision; empty when no file was read."""


async def adopt_folder(store: CorpusStore, root: Path, origin: str, at: datetime) -> Adopted:
    """The store holds what ``root`` publishes. Takes milliseconds when no file has changed.

    Raises ``LibraryError`` or ``CorpusStoreUnavailable``.
    """
    fingerprint = await asyncio.to_thread(fingerprint_library, root)
    state = f"{origin}:{fingerprint}"[:64]
    async with store.reading() as ledger:
        known = await ledger.folder(_SLOT)
    if known is not None and known[0] == state:
        return Adopted(False, tuple(known[1].splitlines()), {})
    parsing = await asyncio.to_thread(read_folder, root)
    problems = tuple(f"{root / problem.path}:{problem.line}: {problem.message}" for problem in parsing.problems)
    async with store.writing() as ledger:
        before = await ledger.version()
        await _adopt(ledger, parsing, origin, at)
        await ledger.set_folder(_SLOT, state, "\n".join(problems))
        changed = await ledger.version() != before
    documents = {(found.document.id, found.document.revision): found.document for found in parsing.documents}
    return Adopted(changed, problems, documents)


async def _adopt(ledger: Ledger, parsing: Parsing, origin: str, at: datetime) -> None:
    actor = Actor(name=origin, role=SYSTEM_ROLE)
    by_document: dict[str, list[Standing]] = defaultdict(list)
    for standing in await ledger.standings():
        by_document[standing.info.document_id].append(standing)
    offered = {p.document.id: p for p in parsing.documents if p.document.meta.status == "published"}
    fresh: list[Parsed] = []
    waiting: list[Parsed] = []
    replaced: list[Standing] = []
    restored: list[Standing] = []
    for document_id, found in offered.items():
        standings = by_document[document_id]
        live = [standing for standing in standings if standing.status is Status.PUBLISHED]
        same = [standing for standing in standings if standing.info.revision == found.document.revision]
        if not _is_ours(standings):
            waiting += [] if same else [found]
        elif same and _may_return(same[0]):
            restored += same
            replaced += live
        elif not same:
            fresh.append(found)
            replaced += live
    await ledger.take(replaced, Step.SUPERSEDE, actor, at, "the folder holds another revision")
    await ledger.take(restored, Step.RESTORE, actor, at, "the folder holds it again")
    gone = [s for key, each in by_document.items() if key not in offered for s in each if _is_gone(s)]
    await ledger.take(gone, Step.RETIRE, actor, at, "no longer published by the folder")
    await _enter(ledger, fresh, Step.ADOPT, Status.PUBLISHED, actor, at)
    await _enter(ledger, waiting, Step.SUBMIT, Status.IN_REVIEW, actor, at)


async def _enter(
    ledger: Ledger, found: Sequence[Parsed], step: Step, status: Status, actor: Actor, at: datetime
) -> None:
    """The revisions are stored; who reviewed them, by their front matter, is the reason on record."""
    await ledger.add([(info_of(each, _names(each.document), actor.name, at), each.data) for each in found])
    by_reason: Mapping[str, list[tuple[str, str]]] = defaultdict(list)
    for each in found:
        reason = f"reviewed by {_reviewers(each.document)} on {each.document.meta.reviewed_on}"
        by_reason[reason].append((each.document.id, each.document.revision))
    for reason, names in by_reason.items():
        await ledger.begin(names, step, status, actor, at, reason)


def _reviewers(document: Document) -> str:
    return ", ".join(f"{reviewer.name} ({reviewer.role})" for reviewer in document.meta.reviewers)


def _names(document: Document) -> str:
    return ", ".join(reviewer.name for reviewer in document.meta.reviewers)[:120]


def _is_ours(standings: Sequence[Standing]) -> bool:
    """True while no person has taken the document over, withdrawn or retired it."""
    taken_over = any(s.info.origin not in _TRUSTED for s in standings)
    taken_out = any(s.last.step in (Step.WITHDRAW, Step.RETIRE) and s.last.role != SYSTEM_ROLE for s in standings)
    return not taken_over and not taken_out


def _may_return(standing: Standing) -> bool:
    """True for a revision that another text of the folder replaced, or that had gone from it."""
    return standing.status is Status.RETIRED


def _is_gone(standing: Standing) -> bool:
    return standing.info.origin in _TRUSTED and standing.status in (Status.PUBLISHED, Status.APPROVED)
