"""Checks on text before it leaves: limits of a decision, private data, hazards, quotations; and the release of a stream."""

from agent.moderation.checks import CHECKS, MODEL_CHECKS, Check, checks_for, surviving, violations
from agent.moderation.dosage import has_dosage
from agent.moderation.inspector import Inspector
from agent.moderation.private import Known, has_secret
from agent.moderation.release import MODES, Instead, Limits, Mode, released
from agent.moderation.shingles import Protected, fingerprint, load_protected
from agent.moderation.snippets import has_code
from agent.moderation.steps import has_steps

__all__ = [
    "CHECKS",
    "MODEL_CHECKS",
    "MODES",
    "Check",
    "Inspector",
    "Instead",
    "Known",
    "Limits",
    "Mode",
    "Protected",
    "checks_for",
    "fingerprint",
    "has_code",
    "has_dosage",
    "has_secret",
    "has_steps",
    "load_protected",
    "released",
    "surviving",
    "violations",
]
