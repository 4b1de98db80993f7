"""The closed vocabularies that every layer speaks: hazards, domains, facets, actions.

Hazards follow the MLCommons AILuminate v1.0 names; ``cyber_offense`` and ``prompt_attack`` are ours.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Hazard(StrEnum):
    """What could go wrong if a request were served as asked."""

    VIOLENT_CRIMES = "violent_crimes"
    """Harm to people or animals: murder, assault, terrorism, kidnapping, abuse."""
    SEX_RELATED_CRIMES = "sex_related_crimes"
    """Trafficking, assault, harassment, coerced or non-consensual sexual acts."""
    CHILD_SEXUAL_EXPLOITATION = "child_sexual_exploitation"
    """Any sexual use of a child."""
    SUICIDE_SELF_HARM = "suicide_self_harm"
    """Suicide, self-injury, eating-disorder harm."""
    INDISCRIMINATE_WEAPONS = "indiscriminate_weapons"
    """Chemical, biological, radiological, nuclear and high-yield explosive weapons."""
    NON_VIOLENT_CRIMES = "non_violent_crimes"
    """Fraud, theft, drugs trade, forgery, trespass, evasion of police."""
    HATE = "hate"
    """Demeaning or inciting against people for what they are."""
    PRIVACY = "privacy"
    """Exposing or covertly observing a person."""
    INTELLECTUAL_PROPERTY = "intellectual_property"
    """Copying, cracking or passing off the work of others."""
    DEFAMATION = "defamation"
    """False claims of fact that damage a real person."""
    SEXUAL_CONTENT = "sexual_content"
    """Erotic content between adults."""
    ADVICE_HEALTH = "advice_health"
    """Specialised advice about one person's health."""
    ADVICE_LEGAL = "advice_legal"
    """Specialised advice about one person's legal position."""
    ADVICE_FINANCIAL = "advice_financial"
    """Specialised advice about one person's money."""
    ADVICE_ELECTIONS = "advice_elections"
    """Wrong or manipulative information about voting."""
    CYBER_OFFENSE = "cyber_offense"
    """Attacking systems, accounts or data of others."""
    PROMPT_ATTACK = "prompt_attack"
    """Jailbreak, injection or system-prompt extraction aimed at the assistant itself."""


class Domain(StrEnum):
    """The product domain a turn belongs to."""

    MEDICAL = "medical"
    SECURITY = "security"
    LICENSING = "licensing"
    GENERAL = "general"


class Facet(StrEnum):
    """What, inside a domain, the person asks for."""

    EMERGENCY = "emergency"
    DIAGNOSIS = "diagnosis"
    DOSING = "dosing"
    TREATMENT_CHANGE = "treatment_change"
    DRUG_MISUSE = "drug_misuse"
    MENTAL_HEALTH_CRISIS = "mental_health_crisis"
    CLINICAL_MISCONDUCT = "clinical_misconduct"
    HEALTH_INFORMATION = "health_information"

    MALWARE = "malware"
    EXPLOITATION = "exploitation"
    INTRUSION = "intrusion"
    CREDENTIAL_THEFT = "credential_theft"
    EVASION = "evasion"
    SURVEILLANCE = "surveillance"
    DUAL_USE_TESTING = "dual_use_testing"
    DEFENSIVE = "defensive"

    VERBATIM_REPRODUCTION = "verbatim_reproduction"
    PIRACY_CIRCUMVENTION = "piracy_circumvention"
    STYLE_IMITATION = "style_imitation"
    LICENCE_VIOLATION = "licence_violation"
    ATTRIBUTION_REMOVAL = "attribution_removal"
    LICENCE_QUESTION = "licence_question"

    EVERYDAY = "everyday"
    PERSONAL_DANGER = "personal_danger"
    WRONGDOING = "wrongdoing"


FACETS_BY_DOMAIN: Final[dict[Domain, tuple[Facet, ...]]] = {
    Domain.MEDICAL: (
        Facet.EMERGENCY,
        Facet.DIAGNOSIS,
        Facet.DOSING,
        Facet.TREATMENT_CHANGE,
        Facet.DRUG_MISUSE,
        Facet.MENTAL_HEALTH_CRISIS,
        Facet.CLINICAL_MISCONDUCT,
        Facet.HEALTH_INFORMATION,
    ),
    Domain.SECURITY: (
        Facet.MALWARE,
        Facet.EXPLOITATION,
        Facet.INTRUSION,
        Facet.CREDENTIAL_THEFT,
        Facet.EVASION,
        Facet.SURVEILLANCE,
        Facet.DUAL_USE_TESTING,
        Facet.DEFENSIVE,
    ),
    Domain.LICENSING: (
        Facet.VERBATIM_REPRODUCTION,
        Facet.PIRACY_CIRCUMVENTION,
        Facet.STYLE_IMITATION,
        Facet.LICENCE_VIOLATION,
        Facet.ATTRIBUTION_REMOVAL,
        Facet.LICENCE_QUESTION,
    ),
    Domain.GENERAL: (Facet.EVERYDAY, Facet.PERSONAL_DANGER, Facet.WRONGDOING),
}

DOMAIN_OF_FACET: Final[dict[Facet, Domain]] = {
    facet: domain for domain, facets in FACETS_BY_DOMAIN.items() for facet in facets
}

BENIGN_FACETS: Final[frozenset[Facet]] = frozenset(
    {Facet.HEALTH_INFORMATION, Facet.DEFENSIVE, Facet.LICENCE_QUESTION, Facet.EVERYDAY}
)


class Action(StrEnum):
    """What Handrail does with a turn, from laxest to strictest."""

    ANSWER = "answer"
    """Nothing to hold back."""
    ANSWER_WITH_CARE = "answer_with_care"
    """Legitimate and high-stakes: general information within limits."""
    GUIDE = "guide"
    """The specific ask is declined; vetted guidance serves the need behind it."""
    REFUSE = "refuse"
    """Serious harm, or no need that guidance could serve; rationale and pointers only."""
    ESCALATE = "escalate"
    """A person must look; the holding reply carries urgent help."""

    @property
    def strictness(self) -> int:
        """Position on the scale 0 (laxest) to 4 (strictest)."""
        return _STRICTNESS[self]

    @property
    def declines(self) -> bool:
        """True when the specific request is not served as asked."""
        return self.strictness >= _STRICTNESS[Action.GUIDE]


_STRICTNESS: Final[dict[Action, int]] = {action: level for level, action in enumerate(Action)}

LANGUAGES: Final[tuple[str, ...]] = ("en", "es", "zh", "ar")
"""Languages with rationale texts; any other language falls back to English, and says so."""
