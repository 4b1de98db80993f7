"""Errors of the corpora.

CorporaError
├── DocumentError            one guidance document cannot be read; names file, line, what was expected, and the fix
│   ├── EncodingError        the file is not UTF-8, or larger than a document may be
│   ├── FrontMatterError     the front matter is missing, is not YAML, or has a wrong, unknown or missing field
│   └── SectionError         the body has no sections, or a section without an id, twice the same id, or an unknown source
├── LibraryError             the folder of documents does not exist or cannot be read
├── UnreadableSource         one upstream file cannot be read; an import names it and goes on
├── ProfileError             the description of an upstream source is malformed, or there is none of that name
├── CurationError            a step of the editorial work cannot be taken; nothing was changed
│   ├── UnknownRevision      no such document or revision
│   ├── WrongState           the revision is not in a state from which the step leads anywhere
│   ├── NotAllowed           this person or role may not take the step
│   ├── MissingReason        a step that needs a reason has none
│   ├── LintFailed           the text has faults that must be mended first; carries them
│   ├── UnsafePath           a path leads out of the folder, or is none that a document may have
│   ├── NothingToPublish     no approved revision is waiting
│   ├── UnknownRelease       no such release, or none to go back to
│   └── PublisherBusy        another publisher is at work
├── CorpusStoreUnavailable   the database of the library cannot be reached or written
├── ReviewRulesError         the table of review rules is malformed
└── HelplinesError           the table of helplines is malformed

Messages are lower case, start with ``file:line``, give the bad value in backticks, and say what was expected.
"""

from __future__ import annotations

from pathlib import Path

from corpora.findings import Finding


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


class UnreadableSource(CorporaError):
    """One upstream file cannot be read; the message says why, the caller adds the file."""


class ProfileError(CorporaError):
    """The description of an upstream source is malformed, or there is none of that name."""


class CurationError(CorporaError):
    """A step of the editorial work cannot be taken; nothing was changed."""

    code = "curation_error"
    """Stable name for programs."""


class UnknownRevision(CurationError):
    """No such document or revision."""

    code = "unknown_revision"


class WrongState(CurationError):
    """The revision is not in a state from which the step leads anywhere."""

    code = "wrong_state"


class NotAllowed(CurationError):
    """This person or role may not take the step."""

    code = "not_allowed"


class MissingReason(CurationError):
    """A step that needs a reason has none."""

    code = "missing_reason"


class LintFailed(CurationError):
    """The text has faults that must be mended first."""

    code = "lint_failed"

    def __init__(self, message: str, findings: tuple[Finding, ...]) -> None:
        super().__init__(message)
        self.findings = findings


class UnsafePath(CurationError):
    """A path leads out of the folder, or is none that a document may have."""

    code = "unsafe_path"


class NothingToPublish(CurationError):
    """No approved revision is waiting."""

    code = "nothing_to_publish"


class UnknownRelease(CurationError):
    """No such release, or none to go back to."""

    code = "unknown_release"


class PublisherBusy(CurationError):
    """Another publisher is at work."""

    code = "publisher_busy"


class CorpusStoreUnavailable(CorporaError):
    """The database of the library cannot be reached or written."""


class ReviewRulesError(CorporaError):
    """The table of review rules is malformed."""


class HelplinesError(CorporaError):
    """The table of helplines is malformed."""
