"""Which sections an alternative is made of: those that serve the need, in the order in which their editors put them.

A document about what was asked is read almost whole: its sections share a topic, and editors put first what is done first.
A second document in the same language adds one section, and only where it is about as near to the request. Somebody in an
emergency reads one. Guidance in English comes before guidance in the reader's language that is about something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from agent.models import Retrieved
from corpora.helplines import Helpline, Helplines, Kind
from policies.models import Decision, Facts
from retrieval.models import SearchHit, Section

MAX_DOCUMENTS: Final = 2
SECTIONS: Final = 3
"""Sections of the first document."""
SECTIONS_IN_DANGER: Final = 2
"""Somebody in danger reads little."""
NEARLY_BEST: Final = 0.9
"""Share of the first document's relevance from which on a second one adds a section."""
ENGLISH: Final = 0.8
"""What the relevance of a document counts that is not in the reader's language: one in their own words is preferred until it
is clearly less about the request."""
ABOUT: Final = 0.8
"""Share of the best score from which on a section belongs to an answer."""

_OPENING: Final = 0.15
"""What the section that opens a document gains where a request is declined: what to do comes before what to know."""
_NEED: Final = {"do-now": 0.1, "warning-signs": 0.03, "what-it-is": -0.03, "your-rights": -0.03, "learn-more": -0.08}
"""What a section gains or loses there, by what it is for."""
_URGENT_NEED: Final = {**_NEED, "talk-to": -0.12, "safer-options": -0.1}
"""The same where time matters: ``talk-to`` is often for somebody else, ``safer-options`` for later."""
_FOR_SOME: Final = 0.08
"""What a section loses whose heading says that it is for some readers only ("If you are an employer")."""
_CONDITION: Final = re.compile(r"(?:if|when (?:it|you)|si|cuando)\b|如果|若|要是|إذا|إن(?=\s)", re.IGNORECASE)
_AFTER: Final = 0.01
"""How much less any section of a second document is worth than those of the first."""
_NOT_DANGER: Final[frozenset[Kind]] = frozenset({"fraud", "animal_poison", "health_line"})


class Reader(NamedTuple):
    """For whom, and for what, guidance is chosen."""

    language: str = "en"
    jurisdiction: str | None = None
    declined: bool = True
    """True where guidance stands in for what was asked."""
    lines: tuple[Helpline, ...] = ()
    """Helplines that the reply leads with."""
    seen: frozenset[tuple[str, str]] = frozenset()
    """Document and section of what the person has read already, for one who asks for more."""

    @property
    def in_danger(self) -> bool:
        """True when a helpline for people in danger leads."""
        return any(line.kind not in _NOT_DANGER for line in self.lines)


def reader_of(facts: Facts, decision: Decision, helplines: Helplines) -> Reader:
    """The reader of this turn, with the helplines that the decision asks for."""
    context = facts.context
    lines = helplines.for_decision(
        context.jurisdiction,
        crisis=decision.has("lead_with_crisis_resources"),
        kinds=decision.arguments("lead_with_helplines"),
    )
    return Reader(context.language, context.jurisdiction, decision.action.declines, lines)


class Chosen(NamedTuple):
    """A section, and how much it matters."""

    section: Section
    value: float


def choose(found: Retrieved, reader: Reader) -> list[Chosen]:
    """The sections to compose from, in reading order; empty when nothing was found."""
    documents = _documents(found, reader)
    if not documents:
        return []
    first, *others = documents
    others = [other for other in others if other.language == first.language]
    pressing = reader.in_danger or first.urgency == "emergency"
    chosen = first.best(reader)[: SECTIONS_IN_DANGER if pressing else SECTIONS]
    chosen.sort(key=lambda one: one.section.position)
    if pressing or reader.seen:
        return chosen
    near = [other for other in others if other.relevance >= NEARLY_BEST * first.relevance]
    least = min((one.value for one in chosen), default=0.0)
    for other in near[: MAX_DOCUMENTS - 1]:
        if other.urgency in (first.urgency, "routine"):  # it gets the words that the first one leaves
            chosen += [one._replace(value=min(one.value, least - _AFTER)) for one in other.best(reader)[:1]]
    return chosen


class _Document:
    """What was found of one document."""

    def __init__(self, sections: Sequence[SearchHit], found: frozenset[str]) -> None:
        self._sections = sorted(sections, key=lambda hit: -hit.score)
        self._found = found
        top = [hit.score for hit in self._sections[:SECTIONS]]
        self.relevance = (top[0] + sum(top) / SECTIONS) / 2
        """From its best section and the mean of its best three: one passing mention does not make a document relevant."""
        self.urgency = sections[0].section.urgency
        self.language = _language(sections[0].section)

    def best(self, reader: Reader) -> list[Chosen]:
        """Its sections that serve the need, the most valuable first."""
        fresh = [hit for hit in self._sections if (hit.section.document_id, hit.section.section) not in reader.seen]
        if not reader.declined:
            least = ABOUT * self._sections[0].score
            fresh = [hit for hit in fresh if hit.section.section_id in self._found and hit.score >= least]
        valued = [Chosen(hit.section, hit.score + self._gain(hit.section, reader)) for hit in fresh]
        return sorted(valued, key=lambda chosen: -chosen.value)

    def _gain(self, section: Section, reader: Reader) -> float:
        gain = -_FOR_SOME if _CONDITION.match(section.heading) else 0.0
        if reader.declined:
            gain += (_NEED if self.urgency == "routine" else _URGENT_NEED).get(section.section, 0.0)
            gain += _OPENING if section.position == 0 else 0.0
        return gain


def _documents(found: Retrieved, reader: Reader) -> list[_Document]:
    """Documents with a hit, the most relevant first; those in the reader's language before others that are about as relevant."""
    hits = frozenset(hit.section.section_id for hit in found.hits)
    by_id: dict[str, list[SearchHit]] = {}
    for hit in (*found.hits, *found.companions):
        by_id.setdefault(hit.section.document_id, []).append(hit)
    documents = [_Document(sections, hits) for sections in by_id.values()]
    return sorted(documents, key=lambda one: -one.relevance * (1.0 if one.language == reader.language else ENGLISH))


def _language(section: Section) -> str:
    return section.locale.split("-")[0]
