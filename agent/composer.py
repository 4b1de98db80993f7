"""The extractive composer: an alternative made only of sentences of vetted sections, each with its citation.

Sections are ordered by what the person can do first; inside a section, sentences keep their order. A sentence that an
obligation forbids (a dose, a command) is left out, so altitude limits hold by construction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from agent.grounding import content_terms, overlap, split_sentences
from agent.models import Alternative, AlternativeSection, Citation
from agent.moderation import Check, violations
from corpora.helplines import Helpline
from retrieval.models import SearchHit, Section

MAX_WORDS: Final = 180
MAX_DOCUMENTS: Final = 3
MAX_SECTIONS_PER_DOCUMENT: Final = 2
MAX_SENTENCES_PER_SECTION: Final = 4
NEARLY_BEST: Final = 0.85
"""Share of the best score under which a section is about something else."""
REDUNDANT: Final = 0.7
"""Overlap of content terms above which a sentence repeats one that was chosen."""

HELPLINE_PREFIX: Final = "helpline-"
"""How the document id of a cited helpline begins."""

_ORDER: Final = {
    "do-now": 0,
    "warning-signs": 1,
    "how-to": 2,
    "safer-options": 3,
    "what-it-is": 4,
    "your-rights": 5,
    "avoid": 6,
    "get-help": 7,
    "talk-to": 8,
}
_MARK: Final = re.compile(r" \[([0-9]+)\]$", re.MULTILINE)
_URGENCY: Final = {"emergency": 0, "urgent": 1, "routine": 2}


class Composed(NamedTuple):
    """An alternative with its citations and the checks that held sentences back."""

    alternative: Alternative | None
    citations: tuple[Citation, ...]
    held: tuple[str, ...]


def compose(
    hits: Sequence[SearchHit],
    query: str,
    checks: dict[str, Check],
    *,
    max_words: int = MAX_WORDS,
    first_citation: int = 1,
) -> Composed:
    """The alternative from these hits, at most ``max_words`` words, its citations numbered from ``first_citation``;
    ``None`` when no sentence survives the checks."""
    chosen = _choose(hits)
    terms = content_terms(query)
    citations: list[Citation] = []
    sections: list[AlternativeSection] = []
    taken: list[frozenset[str]] = []
    held: list[str] = []
    budget = max_words
    for index, section in enumerate(chosen):
        share = min(budget, max(25, budget // (len(chosen) - index)))
        sentences = _sentences(section, terms, checks, taken, held, share)
        if not sentences:
            continue
        citation = _citation(first_citation + len(citations), section)
        citations.append(citation)
        lines = "\n".join(f"{sentence} [{citation.n}]" for sentence in sentences)
        first = all(c.document_id != section.document_id for c in citations[:-1])
        heading = section.title if first else section.heading
        sections.append(AlternativeSection(heading=heading, text=lines, citations=(citation.n,)))
        budget -= sum(_words(sentence) for sentence in sentences)
        if budget <= 0:
            break
    if not sections:
        return Composed(None, (), tuple(held))
    alternative = Alternative(
        urgency=min((section.urgency for section in chosen), key=_URGENCY.__getitem__),
        sections=tuple(sections),
        next_steps=_next_steps(chosen),
    )
    return Composed(alternative, tuple(citations), tuple(held))


def with_helplines(composed: Composed, helplines: Sequence[Helpline], heading: str, language: str) -> Composed:
    """The alternative led by helplines, each cited; an emergency from then on. Sources are numbered as they are read, so
    helplines have the first numbers."""
    if not helplines:
        return composed
    cited = tuple(_helpline_citation(n, line, language) for n, line in enumerate(helplines, start=1))
    text = "\n".join(f"{line.text(language)} [{citation.n}]" for line, citation in zip(helplines, cited, strict=True))
    lead = AlternativeSection(heading=heading, text=text, citations=tuple(citation.n for citation in cited))
    old = composed.alternative
    alternative = Alternative(
        urgency="emergency",
        sections=(lead, *(_after(section, len(cited)) for section in (old.sections if old else ()))),
        next_steps=old.next_steps if old else (),
    )
    later = tuple(citation.model_copy(update={"n": citation.n + len(cited)}) for citation in composed.citations)
    return Composed(alternative, cited + later, composed.held)


def _after(section: AlternativeSection, count: int) -> AlternativeSection:
    """The section with its citations numbered after ``count`` others, in the marks at the ends of its lines too."""
    text = _MARK.sub(lambda mark: f" [{int(mark[1]) + count}]", section.text)
    return AlternativeSection(heading=section.heading, text=text, citations=tuple(n + count for n in section.citations))


def render(alternative: Alternative) -> str:
    """The alternative as plain text: headings, then one sentence a line."""
    return "\n\n".join(f"{section.heading}\n{section.text}" for section in alternative.sections)


def _choose(hits: Sequence[SearchHit]) -> list[Section]:
    """Sections of the documents that are about as relevant as the best, its most actionable sections first."""
    by_document: dict[str, list[Section]] = {}
    least = NEARLY_BEST * max((hit.score for hit in hits), default=0.0)
    for hit in hits:
        if hit.score < least:
            continue
        sections = by_document.setdefault(hit.section.document_id, [])
        if len(sections) < MAX_SECTIONS_PER_DOCUMENT:
            sections.append(hit.section)
    rank = {document: place for place, document in enumerate(by_document)}
    best = [section for document in list(by_document)[:MAX_DOCUMENTS] for section in by_document[document]]
    return sorted(best, key=lambda s: (rank[s.document_id], _ORDER.get(s.section, 9)))


def _sentences(
    section: Section,
    terms: frozenset[str],
    checks: dict[str, Check],
    taken: list[frozenset[str]],
    held: list[str],
    budget: int,
) -> list[str]:
    candidates: list[tuple[float, int, _Sentence]] = []
    for place, sentence in enumerate(_read(section.text)):
        if found := _violations(sentence.text, tuple(checks.items())):
            held.extend(name for name in found if name not in held)
            continue
        candidates.append((overlap(sentence.terms, terms) - 0.04 * place, place, sentence))
    kept: list[tuple[int, str]] = []
    for _, place, sentence in sorted(candidates, key=lambda c: -c[0]):
        if len(kept) == MAX_SENTENCES_PER_SECTION:
            break
        if sentence.words > budget or any(overlap(sentence.terms, other) > REDUNDANT for other in taken):
            continue
        kept.append((place, sentence.text))
        taken.append(sentence.terms)
        budget -= sentence.words
    return [sentence for _, sentence in sorted(kept)]


class _Sentence(NamedTuple):
    text: str
    terms: frozenset[str]
    words: int


@lru_cache(maxsize=500)
def _read(text: str) -> tuple[_Sentence, ...]:
    """The sentences of a section. Kept, because the same guidance serves many turns: no text of a person comes here."""
    return tuple(_Sentence(sentence, content_terms(sentence), _words(sentence)) for sentence in split_sentences(text))


@lru_cache(maxsize=3_000)
def _violations(sentence: str, checks: tuple[tuple[str, Check], ...]) -> tuple[str, ...]:
    """The same as ``violations``, kept for sentences of guidance."""
    return violations(sentence, dict(checks))


def _next_steps(chosen: Sequence[Section]) -> tuple[str, ...]:
    """Up to three follow-up questions, first those of the best document."""
    return tuple(dict.fromkeys(step for section in chosen for step in section.next_steps))[:3]


def _citation(n: int, section: Section) -> Citation:
    source = section.sources[0]
    return Citation(
        n=n,
        document_id=section.document_id,
        revision=section.revision,
        section=section.section,
        title=section.title,
        publisher=source.publisher,
        url=source.url,
        reviewed_on=section.reviewed_on.isoformat(),
        locale=section.locale,
    )


def _helpline_citation(n: int, line: Helpline, language: str) -> Citation:
    return Citation(
        n=n,
        document_id=f"{HELPLINE_PREFIX}{line.id}",
        revision=line.revision,
        section=line.kind,
        title=line.name_in(language),
        publisher=line.publisher,
        url=line.url,
        reviewed_on=line.reviewed_on.isoformat(),
        locale=language,
    )


def _words(text: str) -> int:
    """Words, counting two Chinese characters as one word."""
    han = sum("\u4e00" <= c <= "\u9fff" for c in text)
    return len(text.split()) + han // 2
