"""Deterministic twins of the perceiver, the judge, the search and the policies, for tests that are about something else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import numpy as np

from agent.access import DEFAULT_TENANT
from agent.models import HazardScore, Perception, RiskAssessment, View
from agent.ports import EarlierTurn, Judgement, Sought
from policies.policy_set import PolicySet
from policies.taxonomy import DOMAIN_OF_FACET, Facet, Hazard
from retrieval.errors import RetrievalError
from retrieval.models import NO_TOPIC, SearchFilter, SearchHit, SearchResult, Topic, Vector
from retrieval.ports import Embedder


class PlainPerceiver:
    """Sees every text as written, in one language."""

    def __init__(self, language: str = "en") -> None:
        self._language = language

    async def perceive(self, text: str) -> Perception:
        """See ``agent.ports.Perceiver``."""
        return Perception(original=text, views=(View(text=text),), language=self._language)


class FixedPolicies:
    """The same policies for every thread, with or without a shadow."""

    def __init__(self, policies: PolicySet, shadow: PolicySet | None = None) -> None:
        self._policies = policies
        self._shadow = shadow

    def live(self, thread_id: str) -> PolicySet:
        """See ``agent.ports.PolicySource``."""
        return self._policies

    def shadow(self) -> PolicySet | None:
        """See ``agent.ports.PolicySource``."""
        return self._shadow


class TableJudge:
    """Judges by the first key that the text contains; anything else is everyday and harmless.

    An entry that is an exception is raised, as a broken classifier would; one that is an ``asyncio.Event`` is waited for.
    ``embedder`` gives the vector for the search; without one it is always the same.
    """

    def __init__(
        self, table: Mapping[str, RiskAssessment | Exception | asyncio.Event], embedder: Embedder | None = None
    ) -> None:
        self._table = table
        self._embedder = embedder
        self.seen: list[tuple[str, tuple[EarlierTurn, ...]]] = []
        """What was judged, each with the turns before it."""
        self.tenants: list[str] = []
        """For whom."""

    async def assess(
        self, perception: Perception, earlier: Sequence[EarlierTurn], tenant: str = DEFAULT_TENANT
    ) -> Judgement:
        """See ``agent.ports.RiskJudge``."""
        self.seen.append((perception.text, tuple(earlier)))
        self.tenants.append(tenant)
        risk = assessment(Facet.EVERYDAY)
        read = f"{perception.text}\n{perception.resolved or ''}"
        entry = next((entry for key, entry in self._table.items() if key in read), risk)
        if isinstance(entry, Exception):
            raise entry
        if isinstance(entry, asyncio.Event):
            await entry.wait()
        else:
            risk = entry
        query = perception.resolved or perception.text
        whole = "\n".join([*(turn.text for turn in earlier), perception.text])
        thread = Sought(whole, self._vector(whole)) if earlier else None
        return Judgement(risk, query, self._vector(query), perception.text, thread)

    def _vector(self, text: str) -> Vector:
        vectors = np.eye(1, 384, dtype=np.float32) if self._embedder is None else self._embedder.embed([text])
        vector: Vector = vectors[0]
        return vector


class WordJudge:
    """Finds the hazards whose key the text contains."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = table
        self.seen: list[tuple[str, str]] = []
        """Every text that was judged, with its request."""

    async def hazards(self, text: str, request: str, language: str) -> tuple[str, ...]:
        """See ``agent.ports.OutputJudge``."""
        self.seen.append((text, request))
        return tuple(hazard for key, hazard in self._table.items() if key in text)


class ListSearch:
    """Finds the sections it was given, whatever is asked; with an error, raises it."""

    def __init__(self, hits: Sequence[SearchHit] = (), error: RetrievalError | None = None) -> None:
        self._hits = tuple(hits)
        self.error = error
        self.asked: list[tuple[str, SearchFilter, Topic]] = []
        """Query, filter and topic of every search."""

    async def search(
        self, query: str, vector: Vector, wanted: SearchFilter, limit: int = 8, topic: Topic = NO_TOPIC
    ) -> SearchResult:
        """See ``retrieval.ports.GuidanceSearch``."""
        self.asked.append((query, wanted, topic))
        if self.error is not None:
            raise self.error
        best = self._hits[0].score if self._hits else 0.0
        language = self._hits[0].section.locale if self._hits else ""
        return SearchResult(
            hits=self._hits[:limit], release="0001-000000000000", floor=0.0, best=best, language=language
        )


def assessment(
    facet: Facet,
    *,
    unsafe: float = 0.02,
    prompt_attack: float = 0.01,
    uncertainty: float = 0.05,
    hazards: Mapping[Hazard, float] | None = None,
    stakes: float = 0.02,
    urgent: float = 0.0,
    signals: tuple[str, ...] = (),
    language: str = "en",
) -> RiskAssessment:
    """An assessment that is sure of one facet."""
    facets = {f: 0.97 if f is facet else 0.03 / (len(Facet) - 1) for f in Facet}
    scores = dict.fromkeys(Hazard, 0.01) | dict(hazards or {}) | {Hazard.PROMPT_ATTACK: prompt_attack}
    return RiskAssessment(
        language=language,
        domain=DOMAIN_OF_FACET[facet],
        facet=facet,
        unsafe=unsafe,
        prompt_attack=prompt_attack,
        uncertainty=uncertainty,
        facets=facets,
        stakes=stakes,
        urgent=urgent,
        hazards=tuple(HazardScore(id=h, score=s) for h, s in sorted(scores.items(), key=lambda item: -item[1])),
        signals=signals,
    )
