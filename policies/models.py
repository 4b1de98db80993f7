"""What a decision is made of: the facts that go in, the rules, and the decision that comes out.

Everything here is frozen and rejects unknown fields, so that a typo is an error where it is made.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from policies.taxonomy import Action, Domain, Facet, Hazard

Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class Frozen(BaseModel):
    """Base of all value types here: immutable, closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- facts: the input of a decision -------------------------------------------------------------


class RiskFacts(Frozen):
    """The calibrated judgement of one turn. Maps hold every member of their vocabulary."""

    unsafe: Probability
    prompt_attack: Probability
    uncertainty: Probability
    domain: Domain
    facet: Facet
    facets: dict[Facet, Probability]
    hazards: dict[Hazard, Probability]
    stakes: Probability = 0.0
    """How likely it is that a poor answer would cost the person health, safety, a right or much money."""
    urgent: Probability = 0.0
    """How likely it is that a person should come in now: a life or somebody's safety hangs on the moment, or one is asked for."""
    signals: tuple[str, ...] = ()
    """Names of text rules that fired, such as ``self_harm.first_person``."""


Provenance = Literal["user", "frontend", "verified"]
PROVENANCES: Final[dict[Provenance, str]] = {
    "user": "the person says so, in a message or a form; nobody has checked it",
    "frontend": "the application vouches for it, from what it knows about the account",
    "verified": "checked against an identity provider or a professional register",
}
"""Who asserts a role. What a person says about themselves never opens anything."""


class ContextFacts(Frozen):
    """Who asks, from where. Set by the frontend, never by the text of a message."""

    tenant: str = "default"
    role: str = "public"
    role_provenance: Provenance = "frontend"
    audience: str = "public"
    locale: str = "en-US"
    language: str = "en"
    jurisdiction: str = "US"
    channel: str = "chat"


class TextFacts(Frozen):
    """Facts about the message itself."""

    language: str = "en"
    length: int = 0
    obfuscated: bool = False
    """True when a decoded view differs from the text in more than form (base64, leet, ...)."""
    views: tuple[str, ...] = ()
    """How decoded views were obtained: ``base64``, ``leet``, ..."""
    has_pii: bool = False
    modality: str = "text"
    """``text``; of a message with attachments their kind (``html``, ``pdf``, ``image``, ``audio``), ``mixed`` for several."""
    unread_modalities: tuple[str, ...] = ()
    """Kinds of the attachments that nothing here could read."""
    material_attack: Probability = 0.0
    """How much an attachment looks like an attack on the assistant."""


class ThreadFacts(Frozen):
    """Facts about the conversation before this turn."""

    turns: int = 0
    prior_refusals: int = 0
    prior_unsafe: Probability = 0.0
    """Recency-weighted highest unsafe score of earlier user turns."""
    escalating: bool = False


class Facts(Frozen):
    """All that ``engine.decide`` may look at."""

    risk: RiskFacts
    context: ContextFacts
    text: TextFacts
    thread: ThreadFacts


# --- obligations ---------------------------------------------------------------------------------

OBLIGATIONS: Final[dict[str, str]] = {
    "lead_with_crisis_resources": "crisis line and emergency number of the jurisdiction come first",
    "lead_with_helplines": "helplines of the kind given as argument come first (emergency, crisis, poison, abuse, child, animal_poison, fraud)",
    "no_dosage": "no amount of a medicine for a person in the text",
    "no_code": "no code, commands or payloads in the text",
    "no_steps": "no ordered operational steps in the text",
    "no_verbatim": "no long quotation of protected works in the text",
    "no_diagnosis": "no statement that this person has a condition",
    "no_legal_verdict": "no verdict on this person's legal position",
    "add_disclaimer": "append the catalogue text named by the argument",
    "cite": "every sentence carries a citation",
    "stream": "how a model's words are released: `sentence` (each checked first; the default), `full` (the whole answer checked first) or `live` (at once, and retracted when a check fails)",
    "log_full": "the record may keep the encrypted full text",
    "log_redacted": "the record keeps the redacted text",
    "log_none": "the record keeps no text",
}
"""Every obligation a rule may carry, with what it promises. ``name`` or ``name:argument``."""

STREAM_MODES: Final = ("sentence", "full", "live")
"""Arguments of ``stream``. Of several the most careful counts: ``full``, then ``sentence``."""
OBLIGATIONS_WITH_ARGUMENT: Final[frozenset[str]] = frozenset({"lead_with_helplines", "add_disclaimer", "stream"})


class Obligation(Frozen):
    """One duty on the answer, and the rules that brought it."""

    name: str
    argument: str | None = None
    rule_ids: tuple[str, ...]

    def __str__(self) -> str:
        return self.name if self.argument is None else f"{self.name}:{self.argument}"


# --- rationale ------------------------------------------------------------------------------------


class RationaleText(Frozen):
    """A catalogue entry in one language."""

    title: str = Field(min_length=1, max_length=120)
    declined: str = Field(min_length=1, max_length=200)
    """What exactly is declined, as a noun phrase or short sentence."""
    reason: str = Field(min_length=1, max_length=600)
    how_to_proceed: str = Field(min_length=1, max_length=400)
    appeal: str = Field(min_length=1, max_length=300)


class Rationale(Frozen):
    """Why a rule decides as it does, for the person who asked; one text per language."""

    code: str
    texts: dict[str, RationaleText]


# --- decision --------------------------------------------------------------------------------------


class RuleError(Frozen):
    """A rule that could not be evaluated; the decision then escalates."""

    rule_id: str
    message: str


class Gap(Frozen):
    """A score that would have to move for a rule to match."""

    path: str
    score: float
    threshold: float

    def __str__(self) -> str:
        return f"{self.path} {self.score:.2f} against {self.threshold:g}"


class NearMiss(Frozen):
    """A rule that did not match, but would if its scores moved by ``near.MARGIN``."""

    rule_id: str
    action: Action
    gaps: tuple[Gap, ...]


class Decision(Frozen):
    """What to do with a turn, by which rules, why, and under which duties.

    INVARIANT: ``rationale_code`` is always set, so a refusal without a reason cannot be built.
    """

    action: Action
    rule_ids: tuple[str, ...]
    """Every rule that matched, sorted."""
    decided_by: tuple[str, ...]
    """The matched rules whose action won; empty only when nothing matched or a rule erred."""
    rationale_code: str = Field(min_length=1)
    obligations: tuple[Obligation, ...] = ()
    errors: tuple[RuleError, ...] = ()
    policy_version: str = Field(min_length=1)
    default: Literal["no_match", "rule_error"] | None = None
    """Set when no rule decided, and which fail-closed default did."""
    overlays: tuple[str, ...] = ()
    """The overlays in whose scope the turn lies, in the order in which they apply."""
    risk_appetite: str = "balanced"
    """The set of thresholds that was used."""
    near_misses: tuple[NearMiss, ...] = ()
    """Rules at least as strict as the decision that were within a margin of firing, strictest first."""

    @model_validator(mode="after")
    def _someone_decided(self) -> Decision:
        if not self.decided_by and self.default is None:
            raise ValueError("a decision needs `decided_by` rules or a `default` that says why there are none")
        return self

    @property
    def explanation(self) -> str:
        """One line for operators: what was decided, by which rules, and what else was close."""
        by = (
            ", ".join(self.decided_by)
            or {"no_match": "no rule matches", "rule_error": "a rule erred"}[self.default or "no_match"]
        )
        parts = [f"{self.action} by {by}"]
        if others := [rule_id for rule_id in self.rule_ids if rule_id not in self.decided_by]:
            parts.append(f"also matched: {', '.join(others)}")
        if self.errors:
            parts.append(f"erred: {', '.join(error.rule_id for error in self.errors)}")
        if stricter := [near for near in self.near_misses if near.action.strictness > self.action.strictness]:
            parts.append("close to " + ", ".join(f"{near.action} ({near.rule_id})" for near in stricter[:3]))
        if self.overlays or self.risk_appetite != "balanced":
            parts.append(f"under {', '.join((*self.overlays, f'{self.risk_appetite} appetite'))}")
        return "; ".join(parts)

    def has(self, obligation: str) -> bool:
        """True when the decision carries the obligation of this name."""
        return any(o.name == obligation for o in self.obligations)

    def arguments(self, obligation: str) -> tuple[str, ...]:
        """Arguments of every obligation of this name, in order."""
        return tuple(o.argument for o in self.obligations if o.name == obligation and o.argument)
