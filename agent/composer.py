"""The extractive composer: an alternative made only of sentences of vetted sections, each with its citation.

``agent.selection`` says which sections, and in which order; here is what is said of them. A sentence that an obligation
forbids (a dose, a command) is left out, so altitude limits hold by construction; so is one for people elsewhere, one that
repeats another, and one that gives a number which the helplines above it gave.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from agent.grounding import content_terms, overlap, split_sentences
from agent.models import Alternative, AlternativeSection, Citation, Retrieved, Urgency
from agent.moderation import Check, violations
from agent.selection import Chosen, Reader, choose
from corpora.helplines import Helpline
from corpora.jurisdictions import jurisdiction_chain, places_named
from retrieval.models import Section

MAX_WORDS: Final = 180
MORE_WORDS: Final = 180
"""What a person who asks for more gets beyond that."""
EMERGENCY_WORDS: Final = 110
"""Somebody in danger reads little."""
SENTENCES: Final = (4, 3, 3)
"""At most so many of the most valuable section, of the next, and so on."""
SHARE: Final = 0.5
"""Share of the words left that a section may take before the less valuable ones."""
REDUNDANT: Final = 0.7
"""Overlap of content terms above which a sentence repeats one that was chosen."""

HELPLINE_PREFIX: Final = "helpline-"
"""How the document id of a cited helpline begins."""

_MARK: Final = re.compile(r" \[([0-9]+)\]$", re.MULTILINE)
_URGENCY: Final = {"emergency": 0, "urgent": 1, "routine": 2}
_ELSEWHERE: Final = re.compile(
    r"(?:in other countries|en otros países|其他国家|在其他国家|在国外|في (?:بلدان|دول) أخرى|في البلدان الأخرى)",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"\d(?:[ .\-]?\d){2,}")
_ON_CONDITION: Final = re.compile(r"\b(?:if|when|si|cuando)\b|如果|如|若|要是|إذا|إن(?=\s)|عند", re.IGNORECASE)


class Composed(NamedTuple):
    """An alternative with its citations and the checks that held sentences back."""

    alternative: Alternative | None
    citations: tuple[Citation, ...]
    held: tuple[str, ...]


def compose(
    found: Retrieved,
    checks: dict[str, Check],
    reader: Reader,
    *,
    max_words: int = MAX_WORDS,
    first_citation: int = 1,
) -> Composed:
    """The alternative from what was found, at most ``max_words`` words with its headings, its citations numbered from ``first_citation``;
    ``None`` when no sentence survives the checks."""
    chosen = choose(found, reader)
    if not chosen:
        return Composed(None, (), ())
    urgency = chosen[0].section.urgency
    picker = _Picker(found.query, checks, reader)
    pressing = reader.in_danger or urgency == "emergency"
    picked = picker.pick(chosen, min(max_words, EMERGENCY_WORDS) if pressing else max_words)
    sources = _Sources(first_citation)
    sections = tuple(
        sources.cited(_heading(section, chosen[0].section), section, sentences) for section, sentences in picked
    )
    if not sections:
        return Composed(None, (), tuple(picker.held))
    steps = tuple(dict.fromkeys(step for section, _ in picked for step in section.next_steps))[:3]
    return Composed(
        Alternative(urgency=urgency, sections=sections, next_steps=steps), tuple(sources.citations), tuple(picker.held)
    )


def with_helplines(composed: Composed, helplines: Sequence[Helpline], heading: str, language: str) -> Composed:
    """The alternative led by helplines, each cited, and as urgent as they are. Sources are numbered as they are read, so
    helplines have the first numbers."""
    if not helplines:
        return composed
    cited = tuple(_helpline_citation(n, line, language) for n, line in enumerate(helplines, start=1))
    text = "\n".join(f"{line.text(language)} [{citation.n}]" for line, citation in zip(helplines, cited, strict=True))
    lead = AlternativeSection(heading=heading, text=text, citations=tuple(citation.n for citation in cited))
    old = composed.alternative
    own: Urgency = "emergency" if Reader(lines=tuple(helplines)).in_danger else "urgent"
    alternative = Alternative(
        urgency=min((own, old.urgency if old else own), key=_URGENCY.__getitem__),
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


def _heading(section: Section, first: Section) -> str:
    """The heading of the section; in another document than the first, with what that one is about."""
    if section.document_id == first.document_id:
        return section.heading
    topic = re.split(r"[:：]", section.title)[0]
    return f"{topic}{'：' if section.locale.startswith('zh') else ': '}{section.heading}"


class _Sentence(NamedTuple):
    text: str
    sources: tuple[int, ...]
    terms: frozenset[str]
    words: int
    places: frozenset[str]
    numbers: frozenset[str]


class _Picker:
    """Picks the sentences of the chosen sections within one budget of words."""

    def __init__(self, query: str, checks: dict[str, Check], reader: Reader) -> None:
        self._terms = content_terms(query)
        self._checks = tuple(checks.items())
        chain = jurisdiction_chain(reader.jurisdiction)
        self._here = frozenset(chain) | places_named(query) if len(chain) > 1 else None
        said = " ".join(line.text(reader.language) for line in reader.lines)
        self._numbers = _numbers(said)
        self._taken: list[frozenset[str]] = []
        self.held: list[str] = []
        """Names of the checks that held a sentence."""

    def pick(self, chosen: Sequence[Chosen], budget: int) -> list[tuple[Section, list[_Sentence]]]:
        """Sections with their sentences, in the order given; the most valuable sections choose first."""
        ranked = sorted(range(len(chosen)), key=lambda n: -chosen[n].value)
        picked: dict[int, list[_Sentence]] = {}
        for rank, place in enumerate(ranked):
            budget -= words(_heading(chosen[place].section, chosen[0].section))
            share = budget if rank == len(ranked) - 1 else max(25, round(SHARE * budget))
            most = SENTENCES[min(rank, len(SENTENCES) - 1)]
            picked[place] = self._of(chosen[place].section, most, min(share, budget))
            budget -= sum(sentence.words for sentence in picked[place])
        return [(one.section, picked[place]) for place, one in enumerate(chosen) if picked[place]]

    def _of(self, section: Section, most: int, budget: int) -> list[_Sentence]:
        candidates = [
            (overlap(sentence.terms, self._terms) - 0.1 * place, place, sentence)
            for place, sentence in enumerate(_read(section))
            if self._fits(sentence)
        ]
        kept: list[tuple[int, _Sentence]] = []
        for _, place, sentence in sorted(candidates, key=lambda candidate: -candidate[0]):
            if len(kept) == most:
                break
            if sentence.words > budget or any(overlap(sentence.terms, other) > REDUNDANT for other in self._taken):
                continue
            if not self._allowed("\n".join(one.text for _, one in sorted([*kept, (place, sentence)]))):
                continue
            kept.append((place, sentence))
            self._taken.append(sentence.terms)
            budget -= sentence.words
        return [sentence for _, sentence in sorted(kept)]

    def _fits(self, sentence: _Sentence) -> bool:
        """True when no limit holds the sentence, it is for where the reader is, and no helpline has said it."""
        if not self._allowed(sentence.text):
            return False
        if self._here is not None and sentence.places and not sentence.places & self._here:
            return False
        if self._numbers and _ELSEWHERE.match(sentence.text):
            return False
        said = bool(sentence.numbers) and sentence.numbers <= self._numbers
        return not said or _ON_CONDITION.search(sentence.text) is not None

    def _allowed(self, text: str) -> bool:
        """True when no check holds the text; sentences that may stand alone can be steps together."""
        found = _violations(text, self._checks)
        self.held.extend(name for name in found if name not in self.held)
        return not found


class _Sources:
    """Numbers the sources of what is said, in the order in which they are read."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._numbers: dict[tuple[str, str, str], int] = {}
        self.citations: list[Citation] = []

    def cited(self, heading: str, section: Section, sentences: Sequence[_Sentence]) -> AlternativeSection:
        """The sentences under their heading, each with the number of a source that it rests on."""
        marks = [self._number(section, sentence) for sentence in sentences]
        text = "\n".join(f"{sentence.text} [{n}]" for sentence, n in zip(sentences, marks, strict=True))
        return AlternativeSection(heading=heading, text=text, citations=tuple(dict.fromkeys(marks)))

    def _number(self, section: Section, sentence: _Sentence) -> int:
        """A source that was cited for this section already where the sentence has one, else its first."""
        sources = [section.sources[place] for place in sentence.sources or (0,)]
        keys = [(section.document_id, section.section, source.url) for source in sources]
        for key in keys:
            if key in self._numbers:
                return self._numbers[key]
        n = self._first + len(self.citations)
        self._numbers[keys[0]] = n
        self.citations.append(
            Citation(
                n=n,
                document_id=section.document_id,
                revision=section.revision,
                section=section.section,
                title=section.title,
                publisher=sources[0].publisher,
                url=sources[0].url,
                reviewed_on=section.reviewed_on.isoformat(),
                locale=section.locale,
                heading=section.heading,
            )
        )
        return n


def _read(section: Section) -> tuple[_Sentence, ...]:
    """The sentences of a section."""
    if section.sentences:
        return tuple(_sentence(sentence.text, sentence.sources) for sentence in section.sentences)
    return tuple(_sentence(text, ()) for text in split_sentences(section.text))


@lru_cache(maxsize=3_000)
def _sentence(text: str, sources: tuple[int, ...]) -> _Sentence:
    """Kept, because the same guidance serves many turns: no text of a person comes here."""
    return _Sentence(text, sources, content_terms(text), words(text), places_named(text), _numbers(text))


@lru_cache(maxsize=3_000)
def _violations(sentence: str, checks: tuple[tuple[str, Check], ...]) -> tuple[str, ...]:
    """The same as ``violations``, kept for sentences of guidance."""
    return violations(sentence, dict(checks))


def _numbers(text: str) -> frozenset[str]:
    """Numbers of three digits or more as the last ten digits, so that a country's own prefix does not count."""
    return frozenset(re.sub(r"\D", "", found)[-10:] for found in _NUMBER.findall(text))


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


def words(text: str) -> int:
    """Words of the text, counting two Chinese characters as one word."""
    han = sum("\u4e00" <= c <= "\u9fff" for c in text)
    return len(text.split()) + han // 2
