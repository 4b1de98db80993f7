"""All guidance documents under a folder. One broken document never takes the others down."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from corpora.document import Document, read_document
from corpora.errors import DocumentError, LibraryError
from corpora.vocabulary import DEFAULT_VOCABULARY, Vocabulary

BUNDLED_LIBRARY: Final = Path(__file__).parent / "library"
"""The bundled library."""


class Problem(BaseModel):
    """A document that was skipped, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    line: int
    message: str
    """Without the place; ``str(problem)`` has it."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class Library(BaseModel):
    """The readable documents, sorted by id, and the files that were skipped."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    fingerprint: str = ""
    """Of the files it was read from, as ``fingerprint_library`` gives it; empty for a library made otherwise."""


def document_paths(root: Path) -> list[Path]:
    """Every Markdown file under ``root`` that can be a document, sorted. Files called README.md are not."""
    if not root.is_dir():
        raise LibraryError(f"`{root}` is no folder; expected a folder of guidance documents")
    top = root.resolve()
    paths = (path for path in root.rglob("*.md") if path.name.lower() != "readme.md" and not path.name.startswith("."))
    # A link that leads out of the folder could publish any file of the machine.
    return sorted(path for path in paths if path.is_file() and path.resolve().is_relative_to(top))


def fingerprint_library(root: Path = BUNDLED_LIBRARY) -> str:
    """A hash over names and bytes of every document file: equal for equal folders, and far quicker than reading them."""
    digest = hashlib.sha256()
    for path in document_paths(root):
        try:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            content = f"unreadable {error.errno}"
        digest.update(f"{path.relative_to(root)}\0{content}\n".encode())
    return digest.hexdigest()


def load_library(root: Path = BUNDLED_LIBRARY, vocabulary: Vocabulary = DEFAULT_VOCABULARY) -> Library:
    """Every readable document under ``root``. Broken files, and later files with a known id, are named and skipped."""
    fingerprint = fingerprint_library(root)
    documents: dict[str, Document] = {}
    problems: list[Problem] = []
    for path in document_paths(root):
        try:
            document = read_document(path, vocabulary)
        except DocumentError as error:
            problems.append(Problem(path=path, line=error.line, message=error.problem))
            continue
        first = documents.get(document.id)
        if first is None:
            documents[document.id] = document
        else:
            message = f"id `{document.id}` is already used by {first.path}; expected unique ids; rename one"
            problems.append(Problem(path=path, line=2, message=message))
    ordered = tuple(documents[key] for key in sorted(documents))
    return Library(documents=ordered, problems=tuple(problems), fingerprint=fingerprint)
