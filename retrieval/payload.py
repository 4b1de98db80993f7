"""What every store keeps of a section, and what a filter asks of it: one meaning for all adapters."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpora.jurisdictions import jurisdiction_chain
from retrieval.asked import nearness
from retrieval.models import (
    Candidate,
    Candidates,
    LegQuery,
    Release,
    SearchFilter,
    Section,
    SparseVector,
    Vector,
)

DENSE: Final = "dense"
"""Name of the dense vector."""
LEXICAL: Final = "bm25"
"""Name of the sparse vector; it needs the IDF modifier."""
ASKED: Final = "asked"
"""Name of the multivector of typical requests: one dense vector each. Most points have none."""
DOCUMENTS: Final = 40
"""Documents that the leg of typical requests brings at the most: those with the nearest one, before all of theirs count."""
BODY: Final = "section"
"""Payload key of the whole section as JSON text; the other keys exist to be filtered on."""

KEYWORD_FIELDS: Final = (
    "domain",
    "facets",
    "locale",
    "jurisdictions",
    "audience",
    "status",
    "stance",
    "revision",
)
INTEGER_FIELDS: Final = ("review_by_day",)
"""Every filtered field has an index: without one, Edge reads whole payloads and a search takes 200 ms instead of one."""

_MAX_PARSED: Final = 10_000
"""Parsed sections kept: some 60 MB at the most, and the vectors of their typical requests, 1.5 KB each with the bundled embedder."""
_NAMESPACE: Final = uuid.UUID("6d1f7a52-6f0b-5c0e-9a57-0d2a3f1f8c11")


class AnyOf(NamedTuple):
    """The field holds one of the values; of a list, at least one does."""

    field: str
    values: tuple[str, ...]


class NoneOf(NamedTuple):
    """The field holds none of the values."""

    field: str
    values: tuple[str, ...]


class AtLeast(NamedTuple):
    """The field is a number not below ``value``."""

    field: str
    value: int


Condition = AnyOf | NoneOf | AtLeast


class Run(NamedTuple):
    """One query of a leg: its vector, and what its hits must fulfil."""

    vector: Vector | SparseVector
    wanted: tuple[Condition, ...]
    using: str
    """Name of the vector of the points: ``DENSE``, ``LEXICAL`` or ``ASKED``."""
    limit: int
    language: str | None = None
    """Language over which a lexical leg takes word frequencies."""


def runs_of(query: LegQuery) -> tuple[Run, ...]:
    """Every single query that a search consists of. A lexical leg without a word has none."""
    scopes = ((), query.facets) if query.facets else ((),)
    dense = [Run(query.dense, conditions(query.filter, facets), DENSE, query.limit) for facets in scopes]
    asked = Run(query.dense, conditions(query.filter), ASKED, min(query.limit, DOCUMENTS))
    lexical = [
        Run(leg.sparse, conditions(query.filter, facets, leg.language), LEXICAL, query.limit, leg.language)
        for leg in query.lexical
        if leg.sparse.indices and leg.language in query.filter.languages
        for facets in scopes
    ]
    return (*dense, asked, *lexical)


Scores = Mapping[str, float]
"""Score by point id."""


def point_id(section_id: str) -> str:
    """A UUID that depends on the section's id only."""
    return str(uuid.uuid5(_NAMESPACE, section_id))


def payload_of(section: Section) -> dict[str, Any]:
    """The payload to store for ``section``."""
    fields: dict[str, Any] = {name: _plain(getattr(section, name)) for name in KEYWORD_FIELDS}
    return {**fields, "review_by_day": section.review_by.toordinal(), BODY: section.model_dump_json()}


def section_of(payload: Mapping[str, Any] | None) -> Section:
    """The section behind a payload."""
    return Section.model_validate_json((payload or {})[BODY])


def conditions(
    wanted: SearchFilter, facets: tuple[str, ...] = (), language: str | None = None
) -> tuple[Condition, ...]:
    """What a section must fulfil to be served by a leg; all must hold. ``language`` narrows those of the filter."""
    found: list[Condition] = [
        AnyOf("status", ("published",)),
        NoneOf("stance", ("offensive",)),
        AnyOf("audience", tuple(dict.fromkeys(("public", wanted.audience)))),
        AnyOf("locale", (language,) if language else wanted.languages),
        AtLeast("review_by_day", wanted.today.toordinal()),
    ]
    if wanted.domains is not None:
        found.append(AnyOf("domain", wanted.domains))
    if wanted.jurisdiction is not None:
        found.append(AnyOf("jurisdictions", jurisdiction_chain(wanted.jurisdiction)))
    if wanted.excluded:
        found.append(NoneOf("revision", wanted.excluded))
    if facets:
        found.append(AnyOf("facets", facets))
    return tuple(found)


def fulfils(payload: Mapping[str, Any], wanted: tuple[Condition, ...]) -> bool:
    """True when ``payload`` meets every condition. The meaning that stores with filters of their own must match."""
    return all(_meets(payload, condition) for condition in wanted)


def _meets(payload: Mapping[str, Any], condition: Condition) -> bool:
    value = payload[condition.field]
    if isinstance(condition, AtLeast):
        return bool(value >= condition.value)
    held = set(value) if isinstance(value, list) else {value}
    return held.isdisjoint(condition.values) is isinstance(condition, NoneOf)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


class Known(NamedTuple):
    """What a search needs of a point beside its scores."""

    section: Section
    asked: NDArray[np.float32] | None = None
    """Embeddings of its typical requests, shape ``(n, dimension)``, rows of unit length; ``None`` where it has none, or where no
    search has come near them yet."""


def known_of(payload: Mapping[str, Any] | None, vectors: Any) -> Known:
    """The point behind a payload and the vectors that came with it, by name."""
    asked = vectors.get(ASKED) if isinstance(vectors, Mapping) else None
    has_any = asked is not None and len(asked) > 0
    return Known(section_of(payload), np.asarray(asked, dtype=np.float32) if has_any else None)


class SectionCache:
    """Sections by point id of the release being served, so that a leg needs to bring ids and scores only.

    Fetching a payload costs some 15 us and parsing it as much again, against 3 us for an id with its score.
    """

    def __init__(self) -> None:
        self._held: tuple[str, dict[str, Known]] = ("", {})

    def of(self, release: str) -> dict[str, Known]:
        """The known sections of ``release``, to read and to add to. Another release starts empty."""
        held = self._held
        if held[0] != release or len(held[1]) > _MAX_PARSED:
            # Threads may race here; then one of them fills a dictionary that is forgotten, which is harmless.
            self._held = held = (release, {})
        return held[1]


class Missing(NamedTuple):
    """Ids of points that a search returned and that must be fetched."""

    sections: tuple[str, ...]
    requests: tuple[str, ...]
    """With the vectors of their typical requests, which are far larger."""


def missing_of(known: Mapping[str, Known], runs: Sequence[Run], answers: Sequence[Scores]) -> Missing:
    """What ``merge`` needs and is not known yet."""
    near = {point for run, answer in zip(runs, answers, strict=True) if run.using == ASKED for point in answer}
    requests = {point for point in near if point not in known or known[point].asked is None}
    sections = {point for answer in answers for point in answer if point not in known} - requests
    return Missing(tuple(sorted(sections)), tuple(sorted(requests)))


def merge(release: Release, known: Mapping[str, Known], runs: Sequence[Run], answers: Sequence[Scores]) -> Candidates:
    """The union of all runs, ordered by section id so that equal stores answer equally."""
    legs: dict[str, dict[str, float]] = {DENSE: {}, LEXICAL: {}, ASKED: {}}
    for run, answer in zip(runs, answers, strict=True):
        legs[run.using].update(_by_all_asked(known, run, answer))
    dense, lexical, asked = legs[DENSE], legs[LEXICAL], legs[ASKED]
    items = [
        Candidate(known[point].section, dense.get(point, 0.0), lexical.get(point, 0.0), asked.get(point, 0.0))
        for point in dense.keys() | lexical.keys() | asked.keys()
    ]
    items.sort(key=lambda item: item.section.section_id)
    return Candidates(release=release, items=tuple(items))


def _by_all_asked(known: Mapping[str, Known], run: Run, answer: Scores) -> Scores:
    """The score that a store gave for the nearest typical request of each point, replaced by that for all of them."""
    if run.using != ASKED or isinstance(run.vector, SparseVector):
        return answer
    vector = run.vector

    def score(point: str, nearest: float) -> float:
        asked = known[point].asked
        return nearest if asked is None else nearness(asked @ vector)

    return {point: score(point, nearest) for point, nearest in answer.items()}
