"""Documents as files: read a folder of Markdown byte by byte, and write one that is equal to it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from corpora.document import MAX_BYTES, Document, decode_document
from corpora.errors import DocumentError, EncodingError, LibraryError, UnsafePath
from corpora.library import Problem
from corpora.vocabulary import DEFAULT_VOCABULARY, Vocabulary

MAX_PATH: Final = 300
"""Longest path of a document inside its folder, in characters."""


class Incoming(NamedTuple):
    """A file as it came in."""

    path: str
    """Where it lies in its folder, with ``/``."""
    data: bytes


class Parsed(NamedTuple):
    """A readable document and the bytes that it was read from."""

    document: Document
    path: str
    data: bytes


class Parsing(NamedTuple):
    """The readable documents by order of path, and what was skipped."""

    documents: tuple[Parsed, ...]
    problems: tuple[Problem, ...]


def safe_path(path: str) -> str:
    """``path`` when it is a relative path of a Markdown file that stays inside its folder. Raises ``UnsafePath``."""
    parts = path.split("/")
    problem = ""
    if not path.endswith(".md") or path == ".md":
        problem = "names no Markdown file; expected for instance `medical/en/fever.md`"
    elif len(path) > MAX_PATH:
        problem = f"has {len(path)} characters; expected at most {MAX_PATH}"
    elif "\\" in path or not path.isprintable():
        problem = "holds a character that paths of documents may not have; expected letters, digits, `-`, `_` and `/`"
    elif path.startswith("/") or ":" in parts[0]:
        problem = "is absolute; expected a path relative to the folder"
    elif any(part in ("", ".", "..") for part in parts):
        problem = "leads out of the folder; expected a path below it, without `..`"
    elif any(part.startswith(".") for part in parts):
        problem = "names a hidden file; expected one that does not start with a dot"
    if problem:
        raise UnsafePath(f"path `{path[:80]}` {problem}")
    return path


def parse_all(files: Iterable[Incoming], vocabulary: Vocabulary = DEFAULT_VOCABULARY) -> Parsing:
    """The documents in ``files``. Broken ones, unsafe paths, and later files with a known id are named and skipped."""
    found: dict[str, Parsed] = {}
    problems: list[Problem] = []
    for path, data in files:
        try:
            document = decode_document(data, Path(safe_path(path)), vocabulary)
        except DocumentError as error:
            problems.append(Problem(path=Path(path), line=error.line, message=error.problem))
            continue
        except UnsafePath as error:
            problems.append(Problem(path=Path(path[:MAX_PATH]), line=1, message=str(error)))
            continue
        first = found.get(document.id)
        if first is None:
            found[document.id] = Parsed(document, path, data)
        else:
            message = f"id `{document.id}` is already used by {first.path}; expected unique ids; rename one"
            problems.append(Problem(path=Path(path), line=2, message=message))
    return Parsing(tuple(found.values()), tuple(problems))


def read_folder(root: Path, vocabulary: Vocabulary = DEFAULT_VOCABULARY) -> Parsing:
    """The documents of every Markdown file under ``root``; one named README.md or hidden is none.

    A file that leads out of the folder, by a link, and one that is too large are named and not opened.
    Raises ``LibraryError`` when there is no such folder.
    """
    if not root.is_dir():
        raise LibraryError(f"`{root}` is no folder; expected a folder of guidance documents")
    files: list[Incoming] = []
    problems: list[Problem] = []
    top = root.resolve()
    for path in sorted(root.rglob("*.md")):
        name = path.relative_to(root).as_posix()
        if path.name.lower() == "readme.md" or any(part.startswith(".") for part in path.relative_to(root).parts):
            continue
        try:
            files.append(Incoming(name, _bytes_of(path, top)))
        except EncodingError as error:
            problems.append(Problem(path=Path(name), line=1, message=error.problem))
    parsing = parse_all(files, vocabulary)
    return Parsing(parsing.documents, (*problems, *parsing.problems))


def _bytes_of(path: Path, top: Path) -> bytes:
    try:
        if not path.resolve().is_relative_to(top):
            raise EncodingError(path, 1, "the link leads out of the folder; copy the file into it")
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise EncodingError(path, 1, "is no regular file; expected a Markdown file")
        if found.st_size > MAX_BYTES:
            raise EncodingError(
                path, 1, f"the file has `{found.st_size}` bytes; expected at most {MAX_BYTES}; split it up"
            )
        return path.read_bytes()
    except OSError as error:
        raise EncodingError(path, 1, f"the file cannot be read: {(error.strerror or str(error)).lower()}") from error
    except RuntimeError as error:  # what `resolve` says of links that go round
        raise EncodingError(path, 1, "the link leads to itself; remove it") from error


def write_folder(root: Path, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Every file lies under ``root`` with exactly these bytes; those that did not before are returned, sorted.

    Other files in the folder are left alone. Raises ``UnsafePath`` before anything is written, ``OSError`` on a full disk.
    """
    top = root.resolve()
    targets = {path: root.joinpath(*PurePosixPath(safe_path(path)).parts) for path in files}
    for path, target in targets.items():
        if not target.resolve().is_relative_to(top):
            raise UnsafePath(f"path `{path}` leads out of `{root}` by a link; remove the link")
    written: list[str] = []
    for path in sorted(files):
        target = targets[path]
        if target.is_file() and target.read_bytes() == files[path]:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        fresh.write_bytes(files[path])
        os.replace(fresh, target)
        written.append(path)
    return tuple(written)
