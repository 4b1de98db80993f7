"""A guidance document: front matter, sections with stable ids, sentences with their sources."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict

from corpora.errors import EncodingError, SectionError
from corpora.frontmatter import FrontMatter, Source, parse_front_matter, split_front_matter
from corpora.sentences import split_sentences
from corpora.vocabulary import DEFAULT_VOCABULARY, Vocabulary

Stance = Literal["protective", "neutral", "offensive"]
STANCES: Final[tuple[str, ...]] = get_args(Stance)

MAX_BYTES: Final = 1_000_000
"""A larger file is no guidance document; it is refused before it is parsed."""

_HEADING: Final = re.compile(r"^##(?!#)\s+(?P<heading>.*?)\s*$")
_HEADING_ID: Final = re.compile(r"^(?P<heading>.*?)\s*\{#(?P<id>[^}]*?)(?P<attributes>(?:\s+[^}\s]*=[^}\s]*)*)\s*\}$")
_LANGUAGE: Final = re.compile(r"^[a-z]{2,3}$")
_ID: Final = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
_MARKER: Final = re.compile(r"\s*\[(?P<keys>s\d+(?:\s*[,，、،]\s*s\d+)*)\]")
_KEY_SEPARATOR: Final = re.compile(r"\s*[,，、،]\s*")
_BULLET: Final = re.compile(r"^\s{0,3}(?:[-*+]|\d+[.)])\s+")
_STOPS: Final = re.compile(r"^[.。!！?？؟]+")
_FENCE: Final = re.compile(r"^\s{0,3}(?:```|~~~)")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sentence(_Frozen):
    """One sentence as it may be quoted alone."""

    text: str
    """Without source markers and without the mark of a bullet."""
    kind: Literal["prose", "bullet", "code"]
    block: int
    """Number of its paragraph or bullet inside the section, from 0."""
    sources: tuple[str, ...]
    """Keys of the sources behind it; empty when the text names none."""
    line: int
    """Line of its paragraph in the file, from 1."""


class DocumentSection(_Frozen):
    """One ``##`` section."""

    id: str
    """Stable over revisions; unique in the document."""
    heading: str
    text: str
    """Markdown paragraphs and bullets without source markers."""
    sentences: tuple[Sentence, ...]
    line: int
    locale: str
    """Its language: that of the document unless its heading says ``lang=``, as in half-translated pages."""
    stance: Stance
    """That of the document unless its heading says ``stance=``; all of an offensive document is."""

    @property
    def source_keys(self) -> tuple[str, ...]:
        """Keys of the sources cited in the section, in order of first use."""
        return tuple(dict.fromkeys(key for sentence in self.sentences for key in sentence.sources))


class Document(_Frozen):
    """A parsed guidance document."""

    path: Path
    meta: FrontMatter
    sections: tuple[DocumentSection, ...]
    content_hash: str
    """SHA-256 of the text with line ends and Unicode form normalised, hex."""

    @property
    def id(self) -> str:
        """The id of the front matter."""
        return self.meta.id

    @property
    def revision(self) -> str:
        """First 12 hex digits of the content hash."""
        return self.content_hash[:12]

    def sources_of(self, section: DocumentSection) -> tuple[Source, ...]:
        """The sources cited by ``section``; the document's first source when it names none."""
        by_key = {source.key: source for source in self.meta.sources}
        cited = tuple(by_key[key] for key in section.source_keys)
        return cited or self.meta.sources[:1]


class _Block(_Frozen):
    """A paragraph, bullet or fenced block with its markers still in place."""

    text: str
    kind: Literal["prose", "bullet", "code"]
    line: int


def read_document(path: Path, vocabulary: Vocabulary = DEFAULT_VOCABULARY) -> Document:
    """The document in the file ``path``. Raises ``DocumentError``, also for a file that is not UTF-8 or too large."""
    try:
        _require_size(path.stat().st_size, path)
        raw = path.read_bytes()
    except OSError as error:
        raise EncodingError(path, 1, f"the file cannot be read: {error.strerror or error}") from error
    return decode_document(raw, path, vocabulary)


def decode_document(raw: bytes, path: Path, vocabulary: Vocabulary = DEFAULT_VOCABULARY) -> Document:
    """The document in these bytes of a file. Raises ``DocumentError``, also for bytes that are not UTF-8 or too many."""
    _require_size(len(raw), path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        bad = f"0x{raw[error.start]:02x}"
        raise EncodingError(path, line, f"byte `{bad}` is not UTF-8; save the file as UTF-8") from error
    return parse_document(text, path, vocabulary)


def _require_size(size: int, path: Path) -> None:
    if size > MAX_BYTES:
        raise EncodingError(path, 1, f"the file has `{size}` bytes; expected at most {MAX_BYTES}; split it up")


def parse_document(text: str, path: Path, vocabulary: Vocabulary = DEFAULT_VOCABULARY) -> Document:
    """The document written in ``text``; ``path`` is only named in errors.

    Raises ``FrontMatterError`` and ``SectionError`` with file and line.
    """
    text = unicodedata.normalize("NFC", text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    front, body, body_line = split_front_matter(text, path)
    meta = parse_front_matter(front, path, vocabulary)
    sections = _parse_sections(body, body_line, meta, path)
    digest = hashlib.sha256(text.rstrip().encode()).hexdigest()
    return Document(path=path, meta=meta, sections=sections, content_hash=digest)


def _parse_sections(body: str, first_line: int, meta: FrontMatter, path: Path) -> tuple[DocumentSection, ...]:
    """Cut the body at its ``##`` headings."""
    known = frozenset(source.key for source in meta.sources)
    sections: list[DocumentSection] = []
    for heading_line, heading, lines in _cut_at_headings(body, first_line, path):
        found = _heading(heading, heading_line, path)
        if any(section.id == found.id for section in sections):
            raise SectionError(path, heading_line, f"section id `{found.id}` is used twice; expected unique ids")
        sections.append(_section(found, meta, heading_line, _blocks(lines, heading_line + 1), known, path))
    if not sections:
        raise SectionError(path, first_line, "the body has no `## Heading {#id}`; expected at least one section")
    return tuple(sections)


def _cut_at_headings(body: str, first_line: int, path: Path) -> list[tuple[int, str, list[str]]]:
    """``(line, heading, lines below it)`` for each section; a ``##`` inside a code fence is no heading."""
    cuts: list[tuple[int, str, list[str]]] = []
    fenced = False
    for number, line in enumerate(body.split("\n"), start=first_line):
        if _FENCE.match(line):
            fenced = not fenced
        match = None if fenced else _HEADING.match(line)
        if match:
            cuts.append((number, match["heading"], []))
        elif cuts:
            cuts[-1][2].append(line)
        elif line.strip():
            raise SectionError(
                path, number, f"text `{line.strip()[:40]}` before the first section; put a `##` above it"
            )
    return cuts


class _Heading(NamedTuple):
    """What a heading says: ``## Title {#id lang=es stance=offensive}``."""

    title: str
    id: str
    lang: str | None = None
    stance: Stance | None = None


def _heading(heading: str, line: int, path: Path) -> _Heading:
    match = _HEADING_ID.match(heading)
    if match is None:
        raise SectionError(path, line, f"section `{heading}` has no id; expected `## {heading} {{#kebab-id}}`")
    if not _ID.match(match["id"]):
        raise SectionError(path, line, f"section id `{match['id']}` is not kebab-case; expected for instance `do-now`")
    said: dict[str, str] = {}
    for attribute in match["attributes"].split():
        name, _, value = attribute.partition("=")
        known = (name == "lang" and _LANGUAGE.match(value)) or (name == "stance" and value in STANCES)
        if not known or name in said:
            expected = f"`lang=` and a language such as `es`, or `stance=` and one of {', '.join(STANCES)}, each once"
            raise SectionError(path, line, f"`{attribute}` after section id `{match['id']}`: expected {expected}")
        said[name] = value
    stance = next((each for each in get_args(Stance) if each == said.get("stance")), None)
    return _Heading(match["heading"], match["id"], said.get("lang"), stance)


def _blocks(lines: list[str], first_line: int) -> list[_Block]:
    """Paragraphs, bullets and fenced blocks; a line that continues one is joined to it."""
    blocks: list[_Block] = []
    fresh = True
    fenced = False
    for number, line in enumerate(lines, start=first_line):
        if _FENCE.match(line):
            if not fenced:
                blocks.append(_Block(text=line, kind="code", line=number))
            else:
                blocks[-1] = blocks[-1].model_copy(update={"text": f"{blocks[-1].text}\n{line}"})
            fenced, fresh = not fenced, True
        elif fenced:
            blocks[-1] = blocks[-1].model_copy(update={"text": f"{blocks[-1].text}\n{line}"})
        elif not line.strip():
            fresh = True
        elif _BULLET.match(line):
            blocks.append(_Block(text=_BULLET.sub("", line).strip(), kind="bullet", line=number))
            fresh = False
        elif fresh or not blocks:
            blocks.append(_Block(text=line.strip(), kind="prose", line=number))
            fresh = False
        else:
            blocks[-1] = blocks[-1].model_copy(update={"text": f"{blocks[-1].text} {line.strip()}"})
    return blocks


def _section(
    heading: _Heading, meta: FrontMatter, line: int, blocks: list[_Block], known: frozenset[str], path: Path
) -> DocumentSection:
    sentences: list[Sentence] = []
    texts: list[str] = []
    for number, block in enumerate(blocks):
        found = _sentences_of(block, number, known, path)
        sentences.extend(found)
        texts.append(_block_text(block, found, after=blocks[number - 1].kind if number else None))
    if not sentences:
        raise SectionError(path, line, f"section `{heading.id}` is empty; write it or remove the heading")
    return DocumentSection(
        id=heading.id,
        heading=heading.title,
        text="".join(texts).strip(),
        sentences=tuple(sentences),
        line=line,
        locale=heading.lang or meta.locale,
        stance="offensive" if meta.stance == "offensive" else heading.stance or meta.stance,
    )


def _block_text(block: _Block, sentences: list[Sentence], after: str | None) -> str:
    """The block as Markdown; bullets that follow each other form one list."""
    if block.kind == "code":
        return f"\n\n{block.text}"
    joined = join_sentences(sentence.text for sentence in sentences)
    if block.kind == "bullet":
        return ("\n" if after == "bullet" else "\n\n") + f"- {joined}"
    return f"\n\n{joined}"


def _sentences_of(block: _Block, number: int, known: frozenset[str], path: Path) -> list[Sentence]:
    """The sentences of a block; a marker covers the sentences since the marker before it."""
    if block.kind == "code":
        return [Sentence(text=block.text, kind="code", block=number, sources=(), line=block.line)]
    sentences: list[Sentence] = []
    start = 0
    for match in [*_MARKER.finditer(block.text), None]:
        piece = block.text[start : match.start() if match else None].strip()
        keys = _keys(match["keys"], block, known, path) if match else ()
        stop = _STOPS.match(piece)
        if stop and sentences:  # the writer put the full stop after the marker
            sentences[-1] = sentences[-1].model_copy(update={"text": sentences[-1].text + stop[0]})
            piece = piece[stop.end() :].strip()
        if match and not piece and sentences:  # a marker right after another one
            merged = tuple(dict.fromkeys(sentences[-1].sources + keys))
            sentences[-1] = sentences[-1].model_copy(update={"sources": merged})
        sentences += [
            Sentence(text=text, kind=block.kind, block=number, sources=keys, line=block.line)
            for text in split_sentences(piece)
        ]
        start = match.end() if match else start
    return sentences


def _keys(marker: str, block: _Block, known: frozenset[str], path: Path) -> tuple[str, ...]:
    """The source keys in a marker, each of which the front matter must name."""
    keys = tuple(_KEY_SEPARATOR.split(marker))
    for key in keys:
        if key not in known:
            expected = ", ".join(sorted(known))
            raise SectionError(path, block.line, f"source marker `{key}` names no source; expected one of {expected}")
    return keys


def join_sentences(sentences: Iterable[str]) -> str:
    """One line of text; Chinese sentences are joined without a space."""
    joined = ""
    for sentence in sentences:
        gap = "" if not joined or joined.rstrip("”』」\"'）)")[-1:] in "。！？" else " "
        joined += gap + sentence
    return joined
