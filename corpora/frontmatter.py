"""The front matter of a guidance document: typed, closed, and read with line numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, ValidationInfo, model_validator

from corpora.errors import FrontMatterError
from corpora.vocabulary import Vocabulary

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
"""A short line of text."""

LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
"""A note of some paragraphs."""

DocumentId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)+$", max_length=120)]
Jurisdiction = Annotated[str, StringConstraints(pattern=r"^(any|[A-Z]{2})$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=2000)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Frozen):
    """A public source that the text may cite by its key."""

    key: Annotated[str, StringConstraints(pattern=r"^s\d+$")]
    publisher: Text
    title: Text
    url: Url
    published_on: date | None = None
    """When the source was published or last changed, where it says so."""
    accessed_on: date | None = None
    """When an editor last opened the source; ``None``: cited from general knowledge of it, so lint asks for a check."""
    licence: Text


class Reviewer(_Frozen):
    """Who vouches for the text."""

    name: Text
    role: Text


class ReliedNumber(_Frozen):
    """A phone number in the text that people will rely on."""

    number: Text
    what: Text
    verified_on: date | None = None
    """When the number was seen at its source; ``None``: a deployer must check it."""
    source: str | None = None


class FrontMatter(_Frozen):
    """What a document says about itself."""

    id: DocumentId
    title: Text
    domain: str
    facets: Annotated[tuple[str, ...], Field(min_length=1)]
    hazards: tuple[str, ...]
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
    jurisdictions: Annotated[tuple[Jurisdiction, ...], Field(min_length=1)]
    audience: Annotated[tuple[Literal["public", "professional", "minor"], ...], Field(min_length=1)]
    urgency: Literal["emergency", "urgent", "routine"]
    stance: Literal["protective", "neutral", "offensive"]
    need: Text
    keywords: tuple[Text, ...]
    asked: Annotated[tuple[Text, ...], Field(max_length=120)] = ()
    """Typical requests that this document serves, in its language: searched, never shown."""
    next_steps: tuple[Text, ...]
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    reviewed_on: date
    review_by: date
    reviewers: Annotated[tuple[Reviewer, ...], Field(min_length=1)]
    status: Literal["draft", "in_review", "approved", "published", "retired", "expired", "withdrawn"]
    licence: Text
    numbers: tuple[ReliedNumber, ...] = ()
    unverified: tuple[LongText, ...] = ()
    translation_of: DocumentId | None = None
    """The id of the document that this one translates or adapts."""
    translation_revision: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")] | None = None
    """The revision of that document which was followed."""

    @model_validator(mode="after")
    def _agrees_with_vocabulary(self, info: ValidationInfo) -> Self:
        vocabulary = info.context
        if isinstance(vocabulary, Vocabulary):
            _check_words("domain", (self.domain,), vocabulary.domains)
            _check_words("facets", self.facets, vocabulary.facets)
            _check_words("hazards", self.hazards, vocabulary.hazards)
        keys = [source.key for source in self.sources]
        if len(set(keys)) != len(keys):
            raise _FieldError("sources", "a source key is used twice; expected unique keys")
        for number in self.numbers:
            if number.source is not None and number.source not in keys:
                raise _FieldError("numbers", f"`{number.source}` names no source; expected one of {', '.join(keys)}")
        if self.review_by <= self.reviewed_on:
            raise _FieldError("review_by", f"`{self.review_by}` is not after reviewed_on `{self.reviewed_on}`")
        return self


class _FieldError(ValueError):
    """A rule over several fields is broken; names the field to point at."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


def _check_words(field: str, words: tuple[str, ...], known: tuple[str, ...]) -> None:
    for word in words:
        if word not in known:
            raise _FieldError(field, f"`{word}` is unknown; expected one of {', '.join(known)}")


def split_front_matter(text: str, path: Path) -> tuple[str, str, int]:
    """``(front matter, body, first line of the body)``. Raises ``FrontMatterError`` when a ``---`` line is missing."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        raise FrontMatterError(path, 1, f"the file starts with `{lines[0][:40]}`; expected front matter after `---`")
    for index, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return "\n".join(lines[1:index]), "\n".join(lines[index + 1 :]), index + 2
    raise FrontMatterError(path, 1, "the front matter never ends; expected a line `---` after it")


def parse_front_matter(front: str, path: Path, vocabulary: Vocabulary) -> FrontMatter:
    """The typed front matter. Raises ``FrontMatterError`` at the line of the wrong field."""
    data, lines = _load_yaml(front, path)
    try:
        return FrontMatter.model_validate(data, context=vocabulary)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        cause = first.get("ctx", {}).get("error")
        location = (cause.field,) if isinstance(cause, _FieldError) else first["loc"]
        name = ".".join(str(part) for part in location) or "front matter"
        problem = str(cause) if isinstance(cause, _FieldError) else _problem(first)
        raise FrontMatterError(path, _line_of(location, lines), f"field `{name}`: {problem}") from error


def _problem(error: Mapping[str, Any]) -> str:
    """What is wrong with a field, in the words of the house."""
    if error["type"] == "missing":
        return "is missing; add it"
    if error["type"] == "extra_forbidden":
        return "is unknown; remove it or correct its name"
    value = str(error["input"])
    shown = value if len(value) <= 60 else f"{value[:57]}..."
    message = str(error["msg"])
    return f"`{shown}`: {message[:1].lower()}{message[1:]}"


_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it: six times quicker, same result."""

_Lines = dict[tuple[str | int, ...], int]


def _load_yaml(front: str, path: Path) -> tuple[dict[str, Any], _Lines]:
    """The mapping in ``front`` and the file line of every key in it."""
    loader = _Loader(front)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise FrontMatterError(path, 2, "the front matter is no mapping; expected lines such as `id: med-example`")
        lines: _Lines = {}
        _note_lines(node, (), lines, path)
        return loader.construct_document(node), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 2 if mark else 2
        raise FrontMatterError(path, line, f"not YAML: {error.problem}; quote text that holds `: ` or ` #`") from error
    except (yaml.YAMLError, ValueError) as error:
        raise FrontMatterError(path, 2, f"not YAML: {error}") from error
    finally:
        loader.dispose()


def _note_lines(node: yaml.Node, at: tuple[str | int, ...], lines: _Lines, path: Path) -> None:
    """Record the line of every key; a key given twice is an error that YAML itself lets pass."""
    lines.setdefault(at, node.start_mark.line + 2)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*at, str(key.value))
            if here in lines:
                raise FrontMatterError(path, key.start_mark.line + 2, f"field `{key.value}` is given twice; keep one")
            lines[here] = key.start_mark.line + 2
            _note_lines(value, here, lines, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note_lines(value, (*at, index), lines, path)


def _line_of(location: tuple[str | int, ...], lines: _Lines) -> int:
    """The line of the innermost known part of ``location``."""
    for length in range(len(location), -1, -1):
        if location[:length] in lines:
            return lines[location[:length]]
    return 2


FIELDS: Final = tuple(FrontMatter.model_fields)
"""Names of all front matter fields, in the order in which they are written."""

_ID_SUFFIX: Final = re.compile(r"-(?:es|zh|ar)$")


def family_of(document_id: str, translation_of: str | None = None) -> str:
    """The id that a document shares with its translations."""
    return translation_of or _ID_SUFFIX.sub("", document_id)
