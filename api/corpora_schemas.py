"""What ``/v1/corpora`` takes and gives. Revisions, entries and findings are those of ``corpora``."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from agent.gaps import Gap
from agent.recall import AffectedTurn
from corpora.curation import Revision
from corpora.lifecycle import Actor, Entry, require_person
from corpora.store import Activation
from retrieval.models import Release

DOCUMENT_ID: Final = r"^[a-z0-9-]+$"
REVISION: Final = r"^[0-9a-f]{1,12}$"


class ActorBody(BaseModel):
    """The person who acts."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(
        min_length=1,
        max_length=120,
        pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
        description="who acts, for the record",
    )
    role: str = Field(pattern=r"^[a-z][a-z_]*$", max_length=40, description="e.g. `editor` or `clinical_reviewer`")


class _Acted(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    actor: ActorBody | None = Field(
        None, description="who acts; may be left out where the caller's own token names a person and a role"
    )
    reason: str = Field("", max_length=2000, pattern=r"^[^\x00]*$", description="why, for the record")


class FileBody(BaseModel):
    """A Markdown document as a file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    path: str = Field(max_length=1000, description="where it lies in its folder, e.g. `medical/en/fever.md`")
    text: str = Field(description="front matter and sections, exactly as in the file")


class ImportRequest(_Acted):
    """Documents to store as drafts."""

    documents: list[FileBody] = Field(min_length=1, max_length=1000)


class LintRequest(BaseModel):
    """Documents to check without storing them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    documents: list[FileBody] = Field(min_length=1, max_length=1000)


class NewRequest(BaseModel):
    """A document to begin."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str = Field(max_length=120)
    title: str = Field(max_length=500)
    domain: str
    locale: str = "en"
    author: str = Field(max_length=120)


class StepRequest(_Acted):
    """A step of the review."""

    revision: str | None = Field(
        None, max_length=12, description="at least 6 digits; needed where several could be meant"
    )


class PublishRequest(_Acted):
    """A release to make."""

    documents: list[Annotated[str, Field(pattern=DOCUMENT_ID, max_length=120)]] = Field(
        [], max_length=1000, description="only these; all that is approved when empty"
    )


class RollbackRequest(_Acted):
    """A release to go back to."""

    release: str | None = Field(
        None, pattern=r"^[0-9a-f-]{1,40}$", description="its id; the one before the present one when left out"
    )


class FindingView(BaseModel):
    """One thing to mend."""

    path: str
    line: int
    level: str
    code: str
    message: str


class LintReport(BaseModel):
    """What lint has to say."""

    errors: int
    """Faults that must be mended before a review."""
    warnings: int
    findings: list[FindingView]


class RevisionText(BaseModel):
    """A revision with its text."""

    document_id: str
    revision: str
    path: str
    content_hash: str
    author: str
    origin: str
    created_at: AwareDatetime
    text: str


class DiffView(BaseModel):
    """A unified diff; empty for equal texts."""

    document_id: str
    diff: str


class RevisionsView(BaseModel):
    """Revisions, oldest first."""

    revisions: list[Revision]


class StatusView(BaseModel):
    """The library as a whole."""

    live_release: str | None
    counts: dict[str, int]
    """Revisions by state."""
    unverified_facts: int
    """Facts in what is served that no editor could check."""
    waiting: list[Revision]
    """Drafts, reviews, approved and expired revisions."""


class HistoryView(BaseModel):
    """Steps in order."""

    entries: list[Entry]


class ReleaseView(BaseModel):
    """A release without its list of documents."""

    id: str
    number: int
    documents: int
    sections: int
    embedder: str
    created_at: AwareDatetime
    live: bool
    last_activated: Activation | None


class ReleasesView(BaseModel):
    """Every release, by number."""

    releases: list[ReleaseView]


class PublishedView(BaseModel):
    """A release went live."""

    release: Release
    published: list[str]
    """Revisions served now and not before, as ``DOC@REV``."""
    taken_out: list[str]
    """Revisions served before and not now."""


class GapsView(BaseModel):
    """What nothing covered."""

    gaps: list[Gap]


class AffectedView(BaseModel):
    """Turns that cited a document."""

    turns: list[AffectedTurn]


class FilesView(BaseModel):
    """Documents as files; what an import takes."""

    documents: list[FileBody]


def actor_of(body: ActorBody, via: str) -> Actor:
    """The actor as the library knows one; ``via`` is the caller that names it. Raises ``NotAllowed``."""
    return require_person(Actor(name=body.name, role=body.role, via=via))
