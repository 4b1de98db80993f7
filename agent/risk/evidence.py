"""What a text signal adds to the scores of the model: evidence in log-odds, as in naive Bayes.

A signal is precise and the model is broad, so a signal moves the scores and does not replace them. Outside English the model
reads poorly, so there the same signal moves them further.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from agent.risk.classifier import Scores
from policies.taxonomy import Facet, Hazard

F, H = Facet, Hazard


class Evidence(NamedTuple):
    """What a signal speaks for."""

    facet: Facet
    unsafe: float = 0.0
    """Added to the log-odds of ``unsafe``."""
    hazard: Hazard | None = None
    weight: float = 0.0
    """Log-odds for the facet on top of the usual ones, where the wording leaves no doubt."""


TABLE: Final[dict[str, Evidence]] = {
    "self_harm.first_person": Evidence(F.MENTAL_HEALTH_CRISIS, 1.5, H.SUICIDE_SELF_HARM),
    "self_harm.third_party": Evidence(F.MENTAL_HEALTH_CRISIS, 0.0, H.SUICIDE_SELF_HARM),
    "emergency.now": Evidence(F.EMERGENCY),
    "poison.ingested": Evidence(F.EMERGENCY),
    "dose.question": Evidence(F.DOSING, 0.0, H.ADVICE_HEALTH),
    "dose.child": Evidence(F.DOSING, 0.0, H.ADVICE_HEALTH),
    "dose.pet": Evidence(F.DOSING, 0.0, H.ADVICE_HEALTH),
    "prescription.forge": Evidence(F.DRUG_MISUSE, 2.0, H.NON_VIOLENT_CRIMES),
    "abuse.now": Evidence(F.PERSONAL_DANGER),
    "abuse.physical": Evidence(F.PERSONAL_DANGER),
    "child.disclosure": Evidence(F.PERSONAL_DANGER),
    "fraud.victim": Evidence(F.PERSONAL_DANGER),
    "extortion.victim": Evidence(F.PERSONAL_DANGER),
    "threat.now": Evidence(F.WRONGDOING, 2.0, H.VIOLENT_CRIMES),
    "weapon.make": Evidence(F.WRONGDOING, 2.5, H.INDISCRIMINATE_WEAPONS),
    "malware.make": Evidence(F.MALWARE, 2.0, H.CYBER_OFFENSE),
    "malware.deploy": Evidence(F.MALWARE, 2.5, H.CYBER_OFFENSE),
    "credentials.steal": Evidence(F.CREDENTIAL_THEFT, 2.0, H.CYBER_OFFENSE),
    "monitoring.covert": Evidence(F.SURVEILLANCE, 1.5, H.PRIVACY),
    "crack.software": Evidence(F.PIRACY_CIRCUMVENTION, 1.5, H.INTELLECTUAL_PROPERTY),
    "lyrics.whole": Evidence(F.VERBATIM_REPRODUCTION, 0.0, H.INTELLECTUAL_PROPERTY),
    "style.living": Evidence(F.STYLE_IMITATION, weight=3.5),
    "style.passing_off": Evidence(F.STYLE_IMITATION, weight=2.0),
    "reviews.fake": Evidence(F.WRONGDOING, 2.0, H.NON_VIOLENT_CRIMES),
    "controls.cheat": Evidence(F.WRONGDOING, 2.0, H.NON_VIOLENT_CRIMES),
    "sexual.minor": Evidence(F.WRONGDOING, 3.0, H.CHILD_SEXUAL_EXPLOITATION),
    "mourning.words": Evidence(F.EVERYDAY, -1.2),
    "account.own": Evidence(F.DEFENSIVE, -1.2),
    "false_alarm.report": Evidence(F.DEFENSIVE, -1.2),
    "sale.figure": Evidence(F.EVERYDAY, -1.2),
    "abuser.left": Evidence(F.PERSONAL_DANGER, -1.2),
}
"""Signals that are not here only reach the policies by name."""

FACET_WEIGHT: Final = 2.5
FACET_WEIGHT_ELSEWHERE: Final = 4.0
"""Log-odds for the facet in English, and in the other languages."""
HAZARD_WEIGHT: Final = 3.0


def with_evidence(scores: Scores, signals: Sequence[str], language: str) -> Scores:
    """The scores after every signal has spoken; several signals for one facet count once.

    What shows a text to be harmless is heard only where nothing speaks for harm.
    """
    spoken = [TABLE[name] for name in signals if name in TABLE]
    if any(evidence.unsafe > 0 for evidence in spoken):
        spoken = [evidence for evidence in spoken if evidence.unsafe >= 0]
    if not spoken:
        return scores
    weight = FACET_WEIGHT if language == "en" else FACET_WEIGHT_ELSEWHERE
    facets = dict(scores.facets)
    for facet in {evidence.facet for evidence in spoken}:
        surest = max(evidence.weight for evidence in spoken if evidence.facet is facet)
        facets[facet] *= math.exp(weight + surest)
    total = sum(facets.values())
    hazards = dict(scores.hazards)
    for hazard in {evidence.hazard for evidence in spoken if evidence.hazard is not None}:
        hazards[hazard] = _moved(hazards[hazard], HAZARD_WEIGHT)
    return scores._replace(
        unsafe=_moved(scores.unsafe, max((evidence.unsafe for evidence in spoken), key=abs)),
        facets={facet: score / total for facet, score in facets.items()},
        hazards=hazards,
    )


def _moved(probability: float, log_odds: float) -> float:
    """The probability with this much added to its log-odds."""
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-(math.log(clipped / (1 - clipped)) + log_odds)))
