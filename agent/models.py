"""The value types of a turn, from what comes in to what goes out.

All are frozen and closed. Facts and decisions are those of ``policies``; sections those of ``retrieval``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from policies.models import Decision, Obligation, Provenance
from policies.taxonomy import Action, Domain, Facet, Hazard
from retrieval.models import SearchHit

Composer = Literal["catalogue", "extractive", "model", "fixed"]
"""Who wrote a reply: the rationale catalogue, the extractive composer, a chat model, or fixed sentences."""

Urgency = Literal["emergency", "urgent", "routine"]
"""How soon the person must act."""

PieceStream = Callable[[], AsyncGenerator[str, None]]
"""Starts a stream of pieces of text; called once. Closing it ends what feeds it."""


class Frozen(BaseModel):
    """Immutable, closed value type."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- coming in -----------------------------------------------------------------------------------


def _encodable(text: str) -> str:
    """The text with U+FFFD for what is no character, such as half of a surrogate pair: nothing later can encode that."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


Given = Annotated[str, AfterValidator(_encodable)]
"""Text from outside, which can be encoded afterwards."""


class RequestContext(Frozen):
    """What the frontend asserts about the person and the place. ``None`` means not said."""

    tenant: Given | None = Field(None, max_length=64)
    role: Given | None = Field(None, max_length=64)
    role_provenance: Provenance | None = Field(
        None,
        description="who asserts the role: `user` (the person says so; opens nothing), `frontend` (your application "
        "vouches; the default) or `verified` (checked against a register)",
    )
    age: int | None = Field(
        None, ge=0, le=150, description="age in years where known; under the age of majority the role is `minor`"
    )
    audience: Given | None = Field(None, max_length=64)
    subject: Given | None = Field(
        None, max_length=200, description="opaque id of the person, for erasure; never shown to a model"
    )
    locale: Given | None = Field(None, max_length=35, description="BCP 47 tag such as `es-MX`")
    jurisdiction: Given | None = Field(None, max_length=8, description="ISO 3166 code such as `MX`")
    channel: Given | None = Field(None, max_length=32)


class Attachment(Frozen):
    """A file that came with a message. Its bytes are read once and never kept."""

    name: Given = ""
    media_type: str
    data: bytes = Field(repr=False)
    earlier: bool = False
    """It came with an earlier message, which was decided on then."""


class TurnInput(Frozen):
    """One turn to run."""

    text: Given
    thread_id: Given | None = None
    history: tuple[Given, ...] = ()
    """Earlier user messages given by the caller (OpenAI endpoint); judged with those of the thread."""
    instructions: tuple[Given, ...] = ()
    """System messages of the client: never orders to Handrail, and data for the model unless ``trusted``."""
    trusted: bool = False
    """The key of the client may set the system message of the model."""
    attachments: tuple[Attachment, ...] = ()
    context: RequestContext = RequestContext()
    can_retract: bool = True
    """False for a client that cannot take back what it was sent: the mode ``live`` is then ``sentence``."""
    explain: bool = False
    """Explain the judgement in ``risk.assessed``; takes about 0.1 s more."""


class Notice(Frozen):
    """Something Handrail did that the caller should know, such as a role it does not know."""

    code: str
    detail: str


# --- perception and risk ----------------------------------------------------------------------------


class View(Frozen):
    """One way to read the message. ``how`` is empty for the text as written."""

    text: str
    how: tuple[str, ...] = ()
    legible: bool = True
    """False for a text as written, or half decoded, that is gibberish beside what was decoded from it, which says all that can be
    read in it."""
    language: str | None = None
    """Its own, where characters that nobody sees say something beside the message; ``None`` where it is that of the message."""


class PiiSpan(Frozen):
    """Personal data found at ``start:end`` of the original text."""

    kind: str
    start: int
    end: int


class Perception(Frozen):
    """The message as seen: original, normalised and decoded views, language, personal data."""

    original: str
    views: tuple[View, ...]
    """The normalised text first, then decoded views, each with how it was obtained."""
    language: str
    """ISO 639-1 code of the message, ``und`` when it cannot be told."""
    pii: tuple[PiiSpan, ...] = ()
    resolved: str | None = None
    """The message after the questions that it leans on; ``None`` where it stands alone."""
    truncated: bool = False
    """True when only the head and tail of an overlong text were looked at."""

    @property
    def text(self) -> str:
        """The normalised text."""
        return self.views[0].text


class HazardScore(Frozen):
    """One hazard with its calibrated probability."""

    id: Hazard
    score: float


class ExemplarHit(Frozen):
    """An exemplar near the request, and what it did."""

    id: str
    label: Literal["safe", "unsafe"]
    similarity: float
    """Of its text to the request, 0..1; see ``agent.risk.exemplars``."""
    shift: float
    """Log-odds that it added to ``unsafe``; 0 when a nearer one of its label spoke, or when it was held."""
    held: str | None = None
    """Why it was not heard."""


class GuardCheck(Frozen):
    """What the guard model said about a request that the classifier was unsure of."""

    model: str
    verdict: Literal["safe", "unsafe", "failed"]
    """``failed``: it could not be asked, or its answer could not be read; counts as ``unsafe``."""
    hazards: tuple[Hazard, ...] = ()
    shift: float
    """Log-odds that it added to ``unsafe``."""
    detail: str | None = None
    """Why it failed, or why its word did not count."""


class RiskAssessment(Frozen):
    """The calibrated judgement of a turn in its conversation."""

    language: str
    domain: Domain
    facet: Facet
    unsafe: float
    prompt_attack: float
    uncertainty: float
    facets: dict[Facet, float]
    stakes: float
    """How likely it is that a poor answer would cost the person health, safety, a right or much money."""
    urgent: float
    """How likely it is that a person should come in now: a life or somebody's safety hangs on the moment, or one is asked for."""
    hazards: tuple[HazardScore, ...]
    """Every hazard, highest first."""
    signals: tuple[str, ...] = ()
    decoded_from: tuple[str, ...] = ()
    """How the view that scored highest was obtained; empty when it was the text as written."""
    exemplars: tuple[ExemplarHit, ...] = ()
    """The tenant's exemplars within their radius, nearest first."""
    exemplar_version: str | None = None
    """The set that ``exemplars`` is from; ``None`` when there is none, or none was near."""
    guard: GuardCheck | None = None
    """The word of the guard model, where it was asked."""


# --- going out --------------------------------------------------------------------------------------


class Citation(Frozen):
    """A numbered source of the reply; ``n`` is what ``[n]`` in the text points to."""

    n: int
    document_id: str
    revision: str
    section: str
    title: str
    publisher: str
    url: str
    reviewed_on: str
    locale: str
    heading: str = ""
    """Of the section, which tells the citations of one document apart; empty for a helpline."""


class AlternativeSection(Frozen):
    """A part of the alternative. Every sentence of ``text`` ends with its citation marks."""

    heading: str
    text: str
    citations: tuple[int, ...]


class Alternative(Frozen):
    """How to proceed: vetted, cited, high-level."""

    urgency: Urgency
    sections: tuple[AlternativeSection, ...]
    next_steps: tuple[str, ...] = ()
    """Follow-up questions a person can click."""


class Told(Frozen):
    """What later turns of a thread need to know of a reply; kept beside it."""

    turn_id: str
    action: Action
    unsafe: float
    rationale: str
    citations: tuple[Citation, ...] = ()
    next_steps: tuple[str, ...] = ()


class RationaleView(Frozen):
    """Why: the catalogue entry in the person's language, with the rules behind it."""

    code: str
    title: str
    declined: str | None
    """What is declined; ``None`` when nothing is."""
    reason: str
    how_to_proceed: str
    rule_ids: tuple[str, ...]
    policy_version: str
    appeal: str
    language: str


class RiskView(Frozen):
    """The part of the assessment that a client sees."""

    language: str
    unsafe: float
    hazards: tuple[HazardScore, ...]
    prompt_attack: float
    uncertainty: float
    stakes: float = 0.0
    urgent: float = 0.0
    signals: tuple[str, ...]
    exemplars: tuple[ExemplarHit, ...] = ()
    guard: GuardCheck | None = None


class ModelUsage(Frozen):
    """What the models of a turn used."""

    calls: int
    input_tokens: int
    output_tokens: int
    reported: bool
    """False when tokens are estimated, because an endpoint told none."""
    cost: float | None = None
    """In the currency of the prices that are set; ``None`` where one is missing."""


class TurnResult(Frozen):
    """The whole outcome of a turn, as returned when not streaming."""

    turn_id: str
    thread_id: str
    action: Action
    domain: Domain
    facet: Facet
    text: str
    rationale: RationaleView
    alternative: Alternative | None = None
    citations: tuple[Citation, ...] = ()
    risk: RiskView
    obligations: tuple[str, ...] = ()
    corpus_release: str | None = None
    case_id: str | None = None
    composer: Composer
    """Who wrote the text."""
    held: tuple[str, ...] = ()
    """Output checks that held a part of the reply back."""
    notices: tuple[Notice, ...] = ()
    usage: ModelUsage | None = None
    """``None`` where no model was called."""
    timings_ms: dict[str, float] = {}


# --- between nodes ----------------------------------------------------------------------------------


class Retrieved(Frozen):
    """What the search brought for this turn. ``error`` says why it could not run."""

    hits: tuple[SearchHit, ...] = ()
    companions: tuple[SearchHit, ...] = ()
    """Other sections of the same documents."""
    release: str | None = None
    best: float = 0.0
    query: str = ""
    error: str | None = None


class MessageDelta(Frozen):
    """A piece of the reply; it is added to the text so far."""

    text: str


class MessageHeld(Frozen):
    """A part of the reply was kept back, or taken out of it."""

    checks: tuple[str, ...]
    """Names of the checks, such as ``no_dosage``, ``secrets``, ``hazards``."""
    at: int
    """Characters of the reply before it."""
    outcome: Literal["stopped", "repaired", "retried"]
    """``stopped``: nothing more of the model follows; ``repaired``: the reply goes on without it; ``retried``: the model
    begins again."""
    reason: str
    """Why, in the person's language."""


class MessageReplaced(Frozen):
    """Characters of the reply that left already are to be replaced. Only in the mode ``live``."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    start: int = Field(alias="from", description="first character, counted in Unicode code points")
    end: int = Field(alias="to", description="first character after the range")
    text: str


class Switched(Frozen):
    """The reply goes over to this alternative; for the nodes, not for clients."""

    alternative: Alternative
    citations: tuple[Citation, ...]
    retrieved: Retrieved


ReplyPart = MessageDelta | MessageHeld | MessageReplaced | Switched
PartStream = Callable[[], AsyncGenerator[ReplyPart, None]]
"""Starts a checked stream; called once. Closing it ends what feeds it."""


class Draft(Frozen):
    """A reply before moderation: complete text, or the stream of a model."""

    text: str = ""
    stream: PieceStream | None = None
    again: PieceStream | None = None
    """Asks the model once more, for a reply in the language of the request."""
    instructions: str = ""
    """What the model was told, which no reply may repeat."""
    passages: tuple[SearchHit, ...] = ()
    """Guidance that the model was given."""
    alternative: Alternative | None = None
    citations: tuple[Citation, ...] = ()
    composer: Composer


class Reply(Frozen):
    """A reply whose every piece has passed moderation; ``stream`` yields it with what was held of it."""

    text: str = ""
    stream: PartStream | None = None
    alternative: Alternative | None = None
    citations: tuple[Citation, ...] = ()
    composer: Composer
    held: tuple[str, ...] = ()
    """Checks that held a part back, such as ``no_dosage``. Those of a stream are told by its parts."""


__all__ = [
    "Alternative",
    "AlternativeSection",
    "Citation",
    "Decision",
    "Draft",
    "ExemplarHit",
    "GuardCheck",
    "HazardScore",
    "MessageDelta",
    "MessageHeld",
    "MessageReplaced",
    "ModelUsage",
    "Notice",
    "Obligation",
    "Perception",
    "PiiSpan",
    "RationaleView",
    "Reply",
    "ReplyPart",
    "RequestContext",
    "Retrieved",
    "RiskAssessment",
    "RiskView",
    "Switched",
    "Told",
    "TurnInput",
    "TurnResult",
    "View",
]
