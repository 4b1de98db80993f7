"""A tiny tree of policy files for tests that write their own rules."""

from __future__ import annotations

import json

from policies.reader import Source

VOCABULARY = """
audiences: {public: everybody, professional: verified people}
roles:
  public: {audience: public, description: anyone}
  clinician: {audience: professional, domain: medical, description: treats people}
jurisdictions: {US: United States, MX: Mexico}
locales:
  en: {language: en, jurisdiction: US}
  es: {language: es, jurisdiction: MX, fallback: en}
  es-MX: {language: es, jurisdiction: MX, fallback: es}
signals: {dose.child: asks about a child, human.requested: asks for a person}
thresholds: {high: 0.7}
predicates:
  clinician: context.role == "clinician"
  risky: risk.unsafe >= threshold.high && !clinician
"""

TEXTS = """
appeal: {en: ask for a review, es: pide una revisión}
rationales:
  unclassified_request: {en: {title: No rule, declined: this, reason: no rule, how_to_proceed: rephrase}}
  check_failed: {en: {title: Failed, declined: this, reason: a check failed, how_to_proceed: wait}}
  low: {rank: 1, en: {title: Low, declined: this, reason: low, how_to_proceed: rephrase}}
  high:
    rank: 9
    en: {title: High, declined: this, reason: high, how_to_proceed: rephrase}
    es: {title: Alto, declined: esto, reason: alto, how_to_proceed: pregunta de otro modo}
disclaimers:
  note: {en: a note, es: una nota}
"""


def tiny_sources(*rules: dict[str, object], vocabulary: str = VOCABULARY, texts: str = TEXTS) -> list[Source]:
    """The files of a small tree."""
    defaults = {
        "description": "a rule",
        "owner": "somebody",
        "domain": "general",
        "rationale": "low",
        "action": "guide",
    }
    entries = [json.dumps({**defaults, "id": f"test.rule{i}", **rule}) for i, rule in enumerate(rules)]
    text = "rules:\n" + "".join(f"  - {entry}\n" for entry in entries) if entries else "rules: []\n"
    return [
        Source("vocabulary.yaml", vocabulary),
        Source("rationales/texts.yaml", texts),
        Source("rules/test.yaml", text),
    ]
