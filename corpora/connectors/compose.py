"""Write a found document in our format: sections that can be searched and cited, each with its language and stance."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from corpora.checks import DATE_OR_YEAR, MIN_SCRIPT_SHARE, PHONE, SOON_STALE, STALE, commands, harmful_detail
from corpora.connectors.base import Block, Found, Skip
from corpora.connectors.language import language_of
from corpora.connectors.profile import SourceProfile, Stale
from corpora.document import Document, parse_document
from corpora.errors import DocumentError
from corpora.readability import script_share, word_count
from corpora.sentences import split_sentences

MAX_WORDS: Final = 180
"""A section is cut at a paragraph before it grows longer: what is embedded ends after 256 word pieces."""
MIN_WORDS: Final = 4
"""Fewer words are a heading without its text."""
STRAY: Final = 0.15
"""Share of a document's words from which on a second language is believed."""
OLD: Final = timedelta(days=3 * 365)
"""After so long a reviewer is told to look for a newer edition."""

KNOWN_STALE: Final = (
    Stale(
        pattern=r"\b1?[-. ]?\(?800\)?[-. ]273[-. ]?(?:8255|TALK)\b",
        why="gives the suicide line 1-800-273-8255, which 988 replaced in July 2022",
    ),
)
"""Facts under trusted names that no longer hold, whoever says them."""
KNOWN_THIRD_PARTY: Final = (
    r"\bA\.D\.A\.M\.",
    r"(?:©|\(c\)|copyright)[^.]{0,40}\b(?:Mayo|Healthwise|A\.?D\.?A\.?M)\b",
    r"\bMayo Foundation for Medical Education\b",
)
"""Notices of owners whose text stands inside open sets without being open."""

_MARKER: Final = re.compile(r"\[(s\d+(?:\s*[,，、،]\s*s\d+)*)\]")
_LINK: Final = re.compile(r"!?\[([^\]\[]*)\]\([^()\s]*\)")
"""A link of Markdown that its format does not know as one."""
_STARTS: Final = re.compile(r"^(?:[-*+>]\s+|\d+[.)]\s+|#+\s*|`{3,}|~{3,})+")
"""What would make a line a bullet, a heading or a fence of ours."""
_ATTRIBUTES: Final = re.compile(r"\s*\{[#:.][^}]*\}\s*$")
_SLUG: Final = re.compile(r"[^a-z0-9]+")
_DATES: Final = re.compile(rb"^  accessed_on: (\d{4}-\d\d-\d\d)$|^reviewed_on: (\d{4}-\d\d-\d\d)$", re.MULTILINE)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes the same date twice, and not a reference to the first."""

    def ignore_aliases(self, data: object) -> bool:
        """True for all data."""
        return True


class Composed(NamedTuple):
    """A document of ours, and what was left out on the way."""

    document: Document
    data: bytes
    skips: tuple[Skip, ...]


@dataclass(frozen=True)
class _Section:
    heading: str
    blocks: tuple[Block, ...]
    offensive: bool
    id: str = ""
    language: str = ""
    words: int = field(default=0, compare=False)

    @property
    def text(self) -> str:
        return " ".join(block.text for block in self.blocks)


def compose(found: Found, source: SourceProfile, retrieved: date) -> Composed | Skip:
    """The document as it will be stored, waiting for review; or why nothing of it is left.

    It depends on nothing but the arguments, so the same page gives the same revision.
    """
    skips: list[Skip] = []
    sections = list(_sections(found, source, skips))
    if not sections:
        return skips[-1] if len(skips) == 1 else Skip(found.path, "has no text of its own", found.key)
    sections, locale = _with_languages(sections, source.locale)
    front = _front_matter(found, source, sections, locale, retrieved)
    path = Path(path_of(found.key, source))
    try:
        document = parse_document(_write(front, sections, locale), path)
        flagged = _lines_of_attacks(document)
        if flagged:
            sections = [
                replace(each, offensive=each.offensive or parsed.line in flagged)
                for each, parsed in zip(sections, document.sections, strict=True)
            ]
        if all(section.offensive for section in sections):
            front = {**front, "stance": "offensive"}
        text = _write(front, sections, locale)
        return Composed(parse_document(text, path), text.encode(), tuple(skips))
    except DocumentError as error:
        return Skip(found.path, f"cannot be written as a document: {error.problem}", found.key, fault=True)


def id_of(key: str, source: SourceProfile) -> str:
    """The id of the document with this key; the same for ever."""
    slug = _slug(key) or "x"
    if len(slug) > 80 or not key.isascii():
        slug = f"{slug[:70].strip('-')}-{_digest(key)}"
    return f"{source.name}-{slug}"


def path_of(key: str, source: SourceProfile) -> str:
    """Where the document lies in a folder of ours."""
    return f"{source.domain}/imported/{source.name}/{id_of(key, source)}.md"


def date_in(data: bytes) -> date | None:
    """The day on which a stored document was retrieved."""
    match = _DATES.search(data)
    return date.fromisoformat((match[1] or match[2]).decode()) if match else None


# --- sections -----------------------------------------------------------------------------------------


def _sections(found: Found, source: SourceProfile, skips: list[Skip]) -> Iterator[_Section]:
    """The parts without what must not come in, cut to size, with ids."""
    stale = [(_pattern((each.pattern,)), each.why) for each in (*KNOWN_STALE, *source.stale)]
    third_party = _pattern((*KNOWN_THIRD_PARTY, *source.third_party))
    used: Counter[str] = Counter()
    all_offensive = source.stance == "offensive" or source.is_offensive(found.path)
    for part in found.parts:
        heading = _line(_ATTRIBUTES.sub("", part.heading)) or found.title
        blocks = tuple(Block(text, block.kind) for block in part.blocks if (text := clean(block.text)))
        text = " ".join(block.text for block in blocks)
        if word_count(text) < MIN_WORDS:
            continue
        if match := third_party.search(text):
            skips.append(Skip(found.path, "text of a third party", f"{heading}: `{match[0]}`"))
            continue
        if why := next((why for pattern, why in stale if pattern.search(text)), ""):
            skips.append(Skip(found.path, why, heading))
            continue
        offensive = all_offensive or part.offensive or bool(source.headings and source.headings.search(part.heading))
        base = _section_id(part.heading, heading)
        for number, piece in enumerate(_pieces(blocks), start=1):
            used[base] += 1
            section_id = base if used[base] == 1 else f"{base}-{used[base]}"
            title = heading if number == 1 else f"{heading} ({number})"
            words = " ".join(block.text for block in piece)
            yield _Section(title[:300], piece, offensive, section_id, language_of(words), word_count(words))


def _pieces(blocks: Sequence[Block]) -> Iterator[tuple[Block, ...]]:
    """Runs of blocks of at most ``MAX_WORDS`` words; a longer paragraph is cut at its sentences."""
    piece: list[Block] = []
    size = 0
    for block in (short for long in blocks for short in _short(long)):
        words = word_count(block.text)
        if piece and size + words > MAX_WORDS:
            yield tuple(piece)
            piece, size = [], 0
        piece.append(block)
        size += words
    if piece:
        yield tuple(piece)


def _short(block: Block) -> Iterator[Block]:
    if word_count(block.text) <= MAX_WORDS:
        yield block
        return
    run: list[str] = []
    for sentence in split_sentences(block.text):
        if run and word_count(" ".join((*run, sentence))) > MAX_WORDS:
            yield Block(" ".join(run), block.kind)
            run = []
        run.append(sentence)
    if run:
        yield Block(" ".join(run), block.kind)


def _with_languages(sections: Sequence[_Section], usual: str) -> tuple[list[_Section], str]:
    """Sections each with its language where it is not the document's, and the language of the document.

    A language with a small share, in which the source does not write as a rule, is a wrong guess over a list of names.
    """
    counted: Counter[str] = Counter()
    for section in sections:
        counted[section.language] += section.words
    enough = STRAY * counted.total()
    kept = {
        language: words for language, words in counted.items() if language and (language == usual or words >= enough)
    }
    locale = max(kept, key=lambda language: kept[language], default=usual)
    return [replace(each, language=_believed(each, kept, locale)) for each in sections], locale


def _believed(section: _Section, kept: Mapping[str, int], locale: str) -> str:
    """The language of a section; lists of names in Latin letters, on a page in another script, count as English."""
    if section.language in kept:
        return section.language
    return "en" if script_share(section.text, locale) < MIN_SCRIPT_SHARE else ""


def _lines_of_attacks(document: Document) -> set[int]:
    """Lines of sections that hold a command, a payload or a step of an attack; they are kept and never served."""
    starts = [section.line for section in document.sections]
    lines = {finding.line for check in (commands, harmful_detail) for finding in check(document)}
    return {max(start for start in starts if start <= line) for line in lines}


def clean(text: str) -> str:
    """One line of printable text that cannot be taken for markup of ours."""
    line = _MARKER.sub(r"(\1)", _LINK.sub(r"\1", _line(text)))
    return _STARTS.sub("", line).strip()


def _line(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    return " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text).split())


def _section_id(raw: str, heading: str) -> str:
    given = re.search(r"\{#([\w-]+)[^}]*\}\s*$", raw)
    slug = _slug(given[1] if given else heading)[:60].strip("-")
    return slug or f"s-{_digest(heading)}"


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _SLUG.sub("-", plain).strip("-")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@lru_cache(maxsize=64)
def _pattern(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


# --- front matter -------------------------------------------------------------------------------------


def _front_matter(
    found: Found, source: SourceProfile, sections: Sequence[_Section], locale: str, retrieved: date
) -> dict[str, Any]:
    title = _line(found.title)[:300]
    publisher = found.publisher or source.publisher
    text = " ".join(section.text for section in sections)
    published = found.published or source.published
    soon = source.domain == "medical" or bool(_numbers(text))
    cited: dict[str, Any] = {
        "key": "s1",
        "publisher": publisher,
        "title": title,
        "url": found.url or source.url_of(found.path),
    }
    if published is not None:
        cited["published_on"] = published
    front: dict[str, Any] = {
        "id": id_of(found.key, source),
        "title": title,
        "domain": source.domain,
        "facets": list(found.facets or source.facets),
        "hazards": [],
        "locale": locale,
        "jurisdictions": list(found.jurisdictions or source.jurisdictions),
        "audience": list(source.audience),
        "urgency": "routine",
        "stance": source.stance,
        "need": _line(found.need)[:490] or f"What {publisher} says on this: {title}"[:490],
        "keywords": [_line(word)[:200] for word in found.keywords],
        "next_steps": [],
        "sources": [{**cited, "accessed_on": retrieved, "licence": source.licence}],
        "reviewed_on": retrieved,
        "review_by": retrieved + (SOON_STALE if soon else STALE) - timedelta(days=10),
        "reviewers": [{"name": publisher, "role": "publisher"}],
        "status": "in_review",
        "licence": source.licence,
    }
    if unverified := list(_notes(source, text, published, retrieved)):
        front["unverified"] = unverified
    if found.translation_of:
        front["translation_of"] = id_of(found.translation_of, source)
    return front


def _notes(source: SourceProfile, text: str, published: date | None, retrieved: date) -> Iterator[str]:
    """What nobody has checked, for the reviewer."""
    yield from source.notes
    if published is not None and retrieved - published > OLD:
        yield f"Published on {published}; look for a newer edition before relying on it."
    if numbers := _numbers(text):
        yield f"Phone numbers that were not checked: {', '.join(numbers[:20])}."


def _numbers(text: str) -> list[str]:
    """What looks like a phone number, each once."""
    found = (match[0].strip(" -") for match in PHONE.finditer(text))
    return list(dict.fromkeys(number for number in found if not DATE_OR_YEAR.match(number)))


def _write(front: dict[str, Any], sections: Sequence[_Section], locale: str) -> str:
    head = yaml.dump(front, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return f"---\n{head}---\n" + "\n".join(_written(section, locale) for section in sections)


def _written(section: _Section, locale: str) -> str:
    attributes = f"#{section.id}"
    if section.language not in ("", locale):
        attributes += f" lang={section.language}"
    if section.offensive:
        attributes += " stance=offensive"
    lines = [f"## {section.heading} {{{attributes}}}"]
    for number, block in enumerate(section.blocks):
        follows = block.kind == "bullet" and number > 0 and section.blocks[number - 1].kind == "bullet"
        lines += [
            *([] if follows or number == 0 else [""]),
            f"{'- ' if block.kind == 'bullet' else ''}{block.text} [s1]",
        ]
    return "\n".join(lines) + "\n"
