"""Seeing through form: normalised and decoded views, language, personal data."""

from agent.perception.perceiver import TextPerceiver, see
from agent.perception.pii import redact

__all__ = ["TextPerceiver", "redact", "see"]
