"""What every connector finds, and how it reads a folder that somebody else has written."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Protocol
from xml.etree.ElementTree import Element, ParseError

import yaml
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from corpora.connectors.profile import SourceProfile
from corpora.errors import LibraryError, UnreadableSource

MAX_FILE: Final = 32_000_000
"""Bytes of the largest file that is opened: four times the largest catalogue that we have met."""
_YAML: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Block(NamedTuple):
    """A paragraph, or one bullet."""

    text: str
    kind: Literal["prose", "bullet"] = "prose"


class Part(NamedTuple):
    """What stands under one heading."""

    heading: str
    blocks: tuple[Block, ...]
    offensive: bool = False
    """True for text that tells how to attack: it is kept and never served."""


class Found(NamedTuple):
    """One document of a source, before it is written in our format."""

    path: str
    """The file it comes from, relative to the folder."""
    key: str
    """Names it for good inside its source; its id is made from it."""
    title: str
    parts: tuple[Part, ...]
    url: str = ""
    """Where a person reads it; by default what the profile makes of the path."""
    published: date | None = None
    need: str = ""
    """What it is for, in a sentence."""
    keywords: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    """Instead of those of the profile."""
    publisher: str = ""
    """Instead of that of the profile."""
    jurisdictions: tuple[str, ...] = ()
    translation_of: str = ""
    """Key of the document that it translates."""


class Skip(NamedTuple):
    """Something that was left out, and why."""

    path: str
    reason: str
    """The same words for the same reason, so that a report can count them."""
    detail: str = ""
    """What exactly: an id, a heading, a line."""
    fault: bool = False
    """True when the input is broken, so that somebody should look."""

    def __str__(self) -> str:
        place = f"{self.path}: {self.detail}" if self.detail else self.path
        return f"{place}: {self.reason}"


class Connector(Protocol):
    """Reads one format.

    Promises: documents and skips come in the same order for the same folder; a broken file is a ``Skip`` with ``fault``
    and takes nothing else down; nothing outside of the folder is opened; nothing is fetched.
    """

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Names of files that are read end in one of them."""
        ...

    def find(self, folder: SourceFolder, source: SourceProfile) -> Iterator[Found | Skip]:
        """Every document in ``folder``, and everything that was left out."""
        ...


class SourceFolder:
    """A folder of upstream files. Only regular files inside of it, below ``MAX_FILE``, can be read."""

    def __init__(self, root: Path, opened: Callable[[str], None] = lambda path: None) -> None:
        """``opened`` is told each path that is read. Raises ``LibraryError`` when there is no such folder."""
        if not root.is_dir():
            raise LibraryError(f"`{root}` is no folder; expected the folder of an upstream source")
        self._root = root
        self._top = root.resolve()
        self._opened = opened

    def paths(self, suffixes: Sequence[str]) -> list[str]:
        """Relative paths of the files with one of these endings, sorted; nothing hidden, and no folder behind a link."""
        found: list[str] = []
        for folder, folders, names in os.walk(self._root, followlinks=False):
            folders[:] = [name for name in folders if not name.startswith(".")]
            place = Path(folder).relative_to(self._root)
            found += [
                (place / name).as_posix()
                for name in names
                if name.lower().endswith(tuple(suffixes)) and not name.startswith((".", "_SOURCE"))
            ]
        return sorted(found)

    def read(self, path: str) -> bytes:
        """The bytes of a file. Raises ``UnreadableSource``."""
        self._opened(path)
        file = self._root / path
        try:
            if not file.resolve().is_relative_to(self._top):
                raise UnreadableSource("the link leads out of the folder; copy the file into it")
            found = file.stat()
            if not stat.S_ISREG(found.st_mode):
                raise UnreadableSource("is no regular file")
            if found.st_size > MAX_FILE:
                raise UnreadableSource(
                    f"the file has `{found.st_size}` bytes; expected at most {MAX_FILE}; split it up"
                )
            return file.read_bytes()
        except OSError as error:
            raise UnreadableSource(f"cannot be read: {(error.strerror or str(error)).lower()}") from error
        except RuntimeError as error:  # what `resolve` says of links that go round
            raise UnreadableSource("the link leads to itself; remove it") from error

    def text(self, path: str) -> str:
        """The text of a file, with plain line ends. Raises ``UnreadableSource``, also for one that is not UTF-8."""
        return decode(self.read(path))


def decode(data: bytes) -> str:
    """``data`` as text with plain line ends. Raises ``UnreadableSource`` with the line of the first bad byte."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableSource(
            f"line {line}: byte `0x{data[error.start]:02x}` is not UTF-8; save it as UTF-8"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def load_json(data: bytes) -> Any:
    """The value in ``data``. Raises ``UnreadableSource`` with the line at fault."""
    try:
        return json.loads(decode(data))
    except json.JSONDecodeError as error:
        raise UnreadableSource(f"line {error.lineno}: not JSON: {error.msg.lower()}") from error
    except RecursionError as error:
        raise UnreadableSource("is nested too deeply to be read") from error


def load_yaml(text: str, first_line: int = 1) -> Any:
    """The value in ``text``; no tag makes an object. Raises ``UnreadableSource`` with the line at fault."""
    try:
        return yaml.load(text, _YAML)  # a safe loader in either case
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + first_line if error.problem_mark else first_line
        raise UnreadableSource(f"line {line}: not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableSource(f"not YAML: {str(error).splitlines()[0]}") from error


def load_xml(data: bytes) -> Element:
    """The root of a document without a type of its own, so without entities. Raises ``UnreadableSource``."""
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise UnreadableSource("declares a document type, as files that blow up in memory do; remove it") from error
    except (ParseError, ValueError, LookupError) as error:
        raise UnreadableSource(f"not XML: {error}") from error
    return root


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def text_of(element: Element, without: Sequence[str] = ()) -> str:
    """All text inside an element in one line, without what stands in elements of these names."""
    pieces = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and local(child) not in without:
            pieces.append(text_of(child, without))
        pieces.append(child.tail or "")
    return " ".join("".join(pieces).split())


def as_date(value: object) -> date | None:
    """The day in a date or in a text that starts with one, such as ``2024-02-13T17:43:49Z``; else nothing."""
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def as_text(value: object) -> str:
    """A scalar of a data file as one line; empty for anything else."""
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""


def rows(value: object) -> list[dict[str, Any]]:
    """The mappings in a list of a data file; empty for anything else."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


Parse = Callable[[str, bytes, SourceProfile], Iterator[Found | Skip]]


class FileByFile:
    """A connector whose files do not need each other."""

    def __init__(self, parse: Parse, *suffixes: str) -> None:
        """``parse`` is given a path, its bytes and the profile; it may raise ``UnreadableSource``."""
        self.suffixes = suffixes
        self._parse = parse

    def find(self, folder: SourceFolder, source: SourceProfile) -> Iterator[Found | Skip]:
        """What ``parse`` finds in each file."""
        for path in folder.paths(self.suffixes):
            if reason := source.leaves_out(path):
                yield Skip(path, reason)
                continue
            try:
                yield from self._parse(path, folder.read(path), source)
            except UnreadableSource as error:
                yield Skip(path, str(error), fault=True)
