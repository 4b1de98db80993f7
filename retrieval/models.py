"""What the index holds and what a search returns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Vector = NDArray[np.float32]
"""One dense embedding, shape ``(dimension,)``, unit length."""


class Frozen(BaseModel):
    """Immutable, closed value type."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceRef(Frozen):
    """A public source behind a section."""

    publisher: str
    title: str
    url: str
    licence: str


class Sentence(Frozen):
    """One sentence of a section, fit to be quoted alone with its sources."""

    text: str
    """Without source markers and without the mark of a bullet."""
    kind: Literal["prose", "bullet"]
    block: int
    """Number of its paragraph or bullet inside the section, from 0: sentences of one block belong together."""
    sources: tuple[int, ...]
    """Positions in ``Section.sources``; empty when the text names no source for this sentence."""


class Section(Frozen):
    """One section of a guidance document, as indexed and as returned."""

    section_id: str
    """``<document_id>#<section>``; stable over revisions."""
    document_id: str
    revision: str
    """First 12 hex digits of the document's content hash."""
    heading: str
    section: str
    title: str
    text: str
    """Markdown paragraphs and bullets without source markers."""
    domain: str
    facets: tuple[str, ...]
    hazards: tuple[str, ...]
    locale: str
    jurisdictions: tuple[str, ...]
    audience: tuple[str, ...]
    urgency: Literal["emergency", "urgent", "routine"]
    stance: Literal["protective", "neutral", "offensive"]
    status: str
    reviewed_on: date
    review_by: date
    need: str
    keywords: tuple[str, ...]
    next_steps: tuple[str, ...]
    sources: tuple[SourceRef, ...]
    """Sources cited by this section; the document's first source when it names none."""
    sentences: tuple[Sentence, ...] = ()
    """The text cut into sentences, in order; joined they hold every word of it."""
    family: str = ""
    """The id shared by a document and its translations."""
    position: int = 0
    """Place of the section in its document, from 0: editors put first what is done first."""
    asked: tuple[str, ...] = ()
    """Typical requests that the document serves; carried by its opening section only. Searched, never shown."""
    has_asked: bool = False
    """Whether the document lists typical requests; carried by all of its sections."""


class SearchFilter(Frozen):
    """What a section must be to be served. ``None`` does not restrict."""

    domains: tuple[str, ...] | None = None
    languages: tuple[str, ...] = Field(("en",), min_length=1)
    """Acceptable languages in order of preference, e.g. ``("es", "en")``."""
    jurisdiction: str | None = None
    """Sections for ``any`` or for this jurisdiction pass."""
    audience: str = "public"
    today: date
    """Sections whose ``review_by`` is before this day never pass."""
    excluded: tuple[str, ...] = ()
    """Revisions that must not be served although the release holds them: a withdrawal that needs no rebuild."""


class Topic(Frozen):
    """What a request was judged to be about, as far as that guides a search. Empty where nothing is known."""

    facets: Mapping[str, float] = {}
    """How surely each facet is wanted, 0..1. Only for a *declined* request: then guidance for them is found even where no
    word and no meaning is shared with it."""
    domains: Mapping[str, float] = {}
    """How surely the request belongs to each domain, 0..1. Counts in the order only: nothing is found because of it."""


NO_TOPIC: Final = Topic()


class SearchHit(Frozen):
    """A section with its fused score and the evidence for it."""

    section: Section
    score: float
    """Relevance in 0..1 after fusion; comparable with ``SearchResult.floor``."""
    dense: float
    """Cosine similarity, -1..1; 0 when the dense leg did not return it."""
    lexical: float
    """BM25 score, >= 0; 0 when the lexical leg did not return it."""
    asked: float = 0.0
    """How near the request comes to the typical ones of its document (``retrieval.asked``); 0 when none was near."""


class SearchResult(Frozen):
    """Hits above the floor, or little below it where a wanted facet allows, best first; empty means "not covered"."""

    hits: tuple[SearchHit, ...]
    companions: tuple[SearchHit, ...] = ()
    """The other sections of the documents of ``hits``, as far as a leg returned them, best first; the floor does not count."""
    release: str
    floor: float
    best: float
    """The best score before the floor was applied, for the record of gaps; 0 without candidates."""
    language: str = ""
    """Language of the first hit, so that a caller can say that guidance exists in another language only."""


class DocumentEntry(Frozen):
    """One document in a release."""

    id: str
    revision: str
    content_hash: str


class Release(Frozen):
    """The immutable manifest of a corpus release."""

    id: str
    """``<number>-<first 12 hex of the content hash>``, for instance ``0003-5f0c9a1be2d4``."""
    number: int
    content_hash: str
    """Over documents, embedder and index settings: equal hashes mean equal releases."""
    embedder: str
    dimension: int
    sections: int
    languages: dict[str, int]
    """Sections by language."""
    documents: tuple[DocumentEntry, ...]
    skipped: tuple[str, ...] = ()
    """``file:line: problem`` of documents left out because they could not be read."""
    created_at: AwareDatetime


class SparseVector(Frozen):
    """Lexical weights by token id; ids ascending and unique."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


class IndexPoint(NamedTuple):
    """A section with its vectors, ready to be stored."""

    section: Section
    dense: Vector
    sparse: SparseVector
    asked: NDArray[np.float32] | None = None
    """Embeddings of ``section.asked``, shape ``(len(section.asked), dimension)``; ``None`` where it has none."""


class LexicalLeg(NamedTuple):
    """The words to look for in the texts of one language, weighed by how rare they are in that language."""

    language: str
    sparse: SparseVector


class LegQuery(NamedTuple):
    """What to look for: a dense leg over all languages of the filter, lexical legs by language, and a leg over the typical
    requests of documents, by the same dense vector."""

    dense: Vector
    lexical: tuple[LexicalLeg, ...]
    filter: SearchFilter
    limit: int
    """Candidates wanted from each leg."""
    facets: tuple[str, ...] = ()
    """With facets, the dense and the lexical legs run once more over sections of these facets only."""


class Candidate(NamedTuple):
    """A section returned by at least one leg."""

    section: Section
    dense: float
    """Cosine similarity; 0 when no dense leg returned it."""
    lexical: float
    """BM25 score; 0 when no lexical leg returned it."""
    asked: float = 0.0
    """How near the query comes to ``section.asked`` (``retrieval.asked.nearness``); 0 when that leg did not return it."""


class Candidates(NamedTuple):
    """The union of all legs of one release, in no particular order."""

    release: Release
    items: tuple[Candidate, ...]


class StoreHealth(Frozen):
    """Whether searches can be served, and from which release."""

    ready: bool
    detail: str
    """Why not, or ``ok``; fit for ``/readyz``."""
    release: Release | None = None
    """The release being served."""
    available: tuple[str, ...] = ()
    """Ids of every complete release that can be activated, oldest first."""
