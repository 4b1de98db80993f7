"""Errors of the corpora.

CorporaError
├── DocumentError            one guidance document cannot be read; names file, line, what was expected, and the fix
│   ├── EncodingError        the file is not UTF-8, or larger than a document may be
│   ├── FrontMatterError     the front matter is missing, is not YAML, or has a wrong, unknown or missing field
│   └── SectionError         the body has no sections, or a section without an id, twice the same id, or an unknown source
├── LibraryError             the folder of documents does not exist or cannot be read
└── HelplinesError           the table of helplines is malformed

Messages are lower case, start with ``file:line``, give the bad value in backticks, and say what was expected.
"""

from __future__ import annotations

from pathlib import Path


class CorporaError(Exception):
    """Base of every error raised by the corpora on purpose."""


class DocumentError(CorporaError):
    """One guidance document cannot be read."""

    def __init__(self, path: Path | str, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}")
        self.path = Path(path)
        self.line = line
        self.problem = problem


class EncodingError(DocumentError):
    """The file is not UTF-8 text of an acceptable size."""


class FrontMatterError(DocumentError):
    """The front matter is missing, is not YAML, or has a wrong, unknown or missing field."""


class SectionError(DocumentError):
    """The body cannot be cut into sections with stable ids and known sources."""


class LibraryError(CorporaError):
    """The folder of documents does not exist or cannot be read."""


class HelplinesError(CorporaError):
    """The table of helplines is malformed."""
