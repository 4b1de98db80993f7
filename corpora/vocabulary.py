"""The words that front matter may use for domains, facets and hazards.

``corpora`` does not know ``policies``: the defaults below repeat its taxonomy, and an architecture test keeps them equal.
"""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict

FACETS_BY_DOMAIN: Final[dict[str, tuple[str, ...]]] = {
    "medical": (
        "emergency",
        "diagnosis",
        "dosing",
        "treatment_change",
        "drug_misuse",
        "mental_health_crisis",
        "clinical_misconduct",
        "health_information",
    ),
    "security": (
        "malware",
        "exploitation",
        "intrusion",
        "credential_theft",
        "evasion",
        "surveillance",
        "dual_use_testing",
        "defensive",
    ),
    "licensing": (
        "verbatim_reproduction",
        "piracy_circumvention",
        "style_imitation",
        "licence_violation",
        "attribution_removal",
        "licence_question",
    ),
    "general": ("everyday", "personal_danger", "wrongdoing"),
}

HAZARDS: Final[tuple[str, ...]] = (
    "violent_crimes",
    "sex_related_crimes",
    "child_sexual_exploitation",
    "suicide_self_harm",
    "indiscriminate_weapons",
    "non_violent_crimes",
    "hate",
    "privacy",
    "intellectual_property",
    "defamation",
    "sexual_content",
    "advice_health",
    "advice_legal",
    "advice_financial",
    "advice_elections",
    "cyber_offense",
    "prompt_attack",
)


class Vocabulary(BaseModel):
    """The closed sets of words that front matter is checked against."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    facets_by_domain: dict[str, tuple[str, ...]]
    hazards: tuple[str, ...]

    @property
    def domains(self) -> tuple[str, ...]:
        """Every domain."""
        return tuple(self.facets_by_domain)

    @property
    def facets(self) -> tuple[str, ...]:
        """Every facet of every domain."""
        return tuple(facet for facets in self.facets_by_domain.values() for facet in facets)


DEFAULT_VOCABULARY: Final = Vocabulary(facets_by_domain=FACETS_BY_DOMAIN, hazards=HAZARDS)
"""The vocabulary used where none is given."""
