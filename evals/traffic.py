"""Made-up recorded turns: the facts and decisions of a service with traffic, without any text.

The scores follow no real traffic; they are spread so that every facet, role and locale occurs and many scores lie near
thresholds, where a change of policy shows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from agent.audit import GENESIS, Entry, Record, append
from agent.nodes.decide import decision_body
from policies.engine import decide
from policies.models import ContextFacts, Facts, RiskFacts, TextFacts, ThreadFacts
from policies.policy_set import PolicySet
from policies.taxonomy import BENIGN_FACETS, DOMAIN_OF_FACET, Facet, Hazard

START: Final = datetime(2026, 11, 1, tzinfo=UTC)
SHARE_OF_PUBLIC: Final = 0.7
"""Turns without a role; the others are spread over all roles."""


def made_up_records(policies: PolicySet, *, turns: int, seed: int) -> Iterator[Record]:
    """Yield decision records as the service would write them, one second apart; the same seed gives the same."""
    generator = random.Random(seed)
    locales = [tag for tag in policies.locales if "-" in tag]
    previous = GENESIS
    for number in range(1, turns + 1):
        facts = _facts(generator, policies, locales)
        at = START + timedelta(seconds=number)
        entry = Entry(
            kind="decision",
            turn_id=f"turn_{seed}_{number}",
            thread_id=f"thread_{seed}_{generator.randrange(turns)}",
            tenant=facts.context.tenant,
            at=at,
            body=decision_body(decide(facts, policies, now=at), facts),
        )
        record = append(entry, seq=number, prev_hash=previous)
        previous = record.hash
        yield record


def _facts(generator: random.Random, policies: PolicySet, locales: Sequence[str]) -> Facts:
    facet = generator.choice(list(Facet))
    role = "public" if generator.random() < SHARE_OF_PUBLIC else generator.choice(sorted(policies.roles))
    locale = policies.locales[generator.choice(locales)]
    refused = generator.choices([0, 1, 2, 3], weights=[90, 6, 3, 1])[0]
    return Facts(
        risk=_risk(generator, policies, facet),
        context=ContextFacts(
            role=role,
            role_provenance="verified" if role != "public" and generator.random() < 0.5 else "frontend",
            audience=policies.roles[role].audience,
            locale=locale.tag,
            language=locale.language,
            jurisdiction=locale.jurisdiction,
        ),
        text=TextFacts(
            language=locale.language,
            length=generator.randrange(10, 2000),
            obfuscated=generator.random() < 0.02,
            has_pii=generator.random() < 0.1,
        ),
        thread=ThreadFacts(turns=generator.randrange(12), prior_refusals=refused, escalating=generator.random() < 0.03),
    )


def _risk(generator: random.Random, policies: PolicySet, facet: Facet) -> RiskFacts:
    unsafe = generator.betavariate(1, 6) if facet in BENIGN_FACETS else generator.betavariate(1.2, 1.6)
    main = generator.uniform(0.3, 0.98)
    facets = {other: main if other is facet else (1 - main) / (len(Facet) - 1) for other in Facet}
    hazards = {hazard: round(generator.betavariate(0.3, 6), 4) for hazard in Hazard}
    if unsafe > 0.4:
        hazards[generator.choice(list(Hazard))] = round(generator.uniform(0.3, 1), 4)
    signals = tuple(generator.sample(sorted(policies.vocabulary.signals), 1)) if generator.random() < 0.15 else ()
    return RiskFacts(
        unsafe=round(unsafe, 4),
        prompt_attack=hazards[Hazard.PROMPT_ATTACK],
        uncertainty=round(generator.random(), 4),
        domain=DOMAIN_OF_FACET[facet],
        facet=facet,
        facets={name: round(score, 4) for name, score in facets.items()},
        hazards=hazards,
        stakes=round(generator.betavariate(1, 4), 4) if facet in BENIGN_FACETS else 0.1,
        signals=signals,
    )
