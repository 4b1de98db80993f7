"""Why a text scores as it does, as a client and a record see it."""

from __future__ import annotations

from agent.models import Frozen
from policies.taxonomy import Facet, Hazard


class MovedScore(Frozen):
    """A stretch of the judged text, and how far the score falls without it."""

    text: str
    start: int
    end: int
    unsafe: float
    """Log-odds of ``unsafe`` that the stretch adds; negative when it makes the text harmless."""
    prompt_attack: float


class SignalNote(Frozen):
    """A text rule that fired, and what it adds."""

    name: str
    unsafe: float
    """Log-odds added to ``unsafe``; 0 when it speaks for a facet or hazard only, or to the policies alone."""
    facet: Facet | None = None
    hazard: Hazard | None = None


class NearExample(Frozen):
    """A labelled request of the training data that resembles the judged text."""

    id: str
    source: str
    text: str
    unsafe: bool
    facet: Facet
    similarity: float


class Explanation(Frozen):
    """Why a text scores as it does."""

    judged: str
    """The view that decided, as far as it was explained."""
    truncated: bool
    """True when only the beginning of an overlong text was explained."""
    unsafe: float
    """The score of ``judged`` by the classifier alone, before signals, exemplars and guard."""
    moved: tuple[MovedScore, ...]
    """The stretches that moved the score most, strongest first."""
    signals: tuple[SignalNote, ...]
    nearest: tuple[NearExample, ...]
    note: str | None = None
    """Why a part is missing."""
