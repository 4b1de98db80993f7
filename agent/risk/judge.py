"""The judge: from perception to an assessment.

Every view of the message that can be read is scored, alone and, when there is an earlier conversation, after it. What is
hidden counts as what is written: the riskiest view decides. What was said before counts through the model, which reads both
together, so that a build-up is seen; a message that says what it wants is read by itself too, so that a thread recovers when
the person has moved on. A longer message is read in stretches too, so that its length hides nothing. A message that leans on an earlier question is scored together with that one too, and the riskier
reading decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from itertools import pairwise
from typing import Final, NamedTuple, Protocol

import numpy as np

from agent.access import DEFAULT_TENANT
from agent.grounding import content_terms, split_sentences
from agent.models import HazardScore, Perception, RiskAssessment, View
from agent.perception.embedded import EMBEDDED
from agent.ports import EarlierTurn, Judgement, Sought
from agent.risk.adjust import doubt, main_facet
from agent.risk.classifier import Request, Scores
from agent.risk.evidence import with_evidence
from agent.risk.signals import Signals
from policies.taxonomy import BENIGN_FACETS, DOMAIN_OF_FACET, Hazard
from retrieval.gloss import reading
from retrieval.models import Vector
from retrieval.ports import Embedder

MAX_VIEWS: Final = 5
"""Views scored; perception bounds them too."""
EARLIER_CHARS: Final = 600
"""Characters of the earlier conversation that are read with the message."""
SEARCHED_CHARS: Final = 400
"""Characters of the earlier conversation that guidance is looked for by."""
FEW_TERMS: Final = 4
"""A message with at most so many content terms leans on the turn before it."""


SELF_CONTAINED: Final = 9
"""A message with at least so many content terms says by itself what it wants."""
ALONE: Final = 0.4
"""How much such a message counts by itself beside its conversation, so that a thread recovers after a bad turn. On our
own threads with so long a message, 0.25 to 0.5 halve false alarms and cost no recall (``EXPERIMENTS.md``)."""


PARTS: Final = 10
"""Stretches of a longer message that are read by themselves."""
MANY: Final = 4
"""A message of at least so many sentences is longer."""
PART_CHARS: Final = 6_000
"""Characters of a message that are read in stretches."""
SURE: Final = 0.97
"""From here a stretch counts by itself. In 362 long chats, 0.97 flagged none more and 0.9 flagged 7 harmful and 11 harmless
ones more; what is hidden in a document or behind made-up answers is mostly plain, and scores higher."""


CALM: Final = 0.5
"""Danger under which a request that was cut out of the message counts before the message."""


class Classifier(Protocol):
    """Scores texts; see ``agent.risk.classifier.RiskClassifier``."""

    def score(self, requests: Sequence[Request]) -> list[Scores]:
        """Calibrated scores, one per request."""
        ...


class _Scored(NamedTuple):
    view: View
    language: str
    scores: Scores
    signals: tuple[str, ...]


class ModelJudge:
    """Judges with the risk model, the text signals, and the embedder whose vector the search reuses."""

    def __init__(self, classifier: Classifier, signals: Signals, embedder: Embedder, executor: Executor) -> None:
        self._classifier = classifier
        self._signals = signals
        self._embedder = embedder
        self._executor = executor

    async def assess(
        self, perception: Perception, earlier: Sequence[EarlierTurn], tenant: str = DEFAULT_TENANT
    ) -> Judgement:
        """See ``agent.ports.RiskJudge``."""
        loop = asyncio.get_running_loop()
        query = perception.resolved or _query(perception.text, earlier)
        whole = perception.resolved or _whole(perception.text, earlier)
        scoring = loop.run_in_executor(self._executor, self._scored, perception, earlier)
        embedding = loop.run_in_executor(self._executor, self._embedded, query, whole, perception.language)
        worst, signals = await scoring
        vector, thread = await embedding
        own = perception.text if worst.view.text == perception.resolved else worst.view.text
        if worst.view.text not in (perception.text, perception.resolved):
            query, whole = _query(own, earlier), _whole(own, earlier)
            vector, thread = await loop.run_in_executor(self._executor, self._embedded, query, whole, worst.language)
        return Judgement(
            _assessment(worst, signals, perception), query, vector, own, thread, language=worst.view.language
        )

    def _embedded(self, query: str, whole: str, language: str) -> tuple[Vector, Sought | None]:
        """The embedding of the query, and what to search by where the whole says more: its words, and a vector half-way between
        both. Who goes on with a subject seldom names it again; who changes it is still heard."""
        if whole == query:
            return self._embedder.embed([reading(query, language)])[0], None
        message, conversed = self._embedder.embed([reading(query, language), reading(whole, language)])
        mean = message + conversed
        return message, Sought(whole, mean / max(float(np.linalg.norm(mean)), 1e-6))

    def judge(
        self, perceptions: Sequence[Perception], earlier: Sequence[Sequence[EarlierTurn]]
    ) -> list[RiskAssessment]:
        """Assessments of many messages at once, without embeddings for the search. Blocks."""
        return [
            _assessment(*self._scored(perception, before), perception)
            for perception, before in zip(perceptions, earlier, strict=True)
        ]

    def _scored(self, perception: Perception, earlier: Sequence[EarlierTurn]) -> tuple[_Scored, tuple[str, ...]]:
        views = [view for view in perception.views if view.legible][:MAX_VIEWS]
        if perception.resolved is not None:
            views.append(View(text=perception.resolved))
        before = conversation(earlier)
        requests = [
            Request(view.text, before, view.language or perception.language, weight_alone(view.text)) for view in views
        ]
        scored = [
            _Scored(view, request.language, scores, self._signals.fire(view.text, request.language))
            for view, request, scores in zip(views, requests, self._classifier.score(requests), strict=True)
        ]
        scored += self._hidden_in(perception)
        spoken = [s._replace(scores=with_evidence(s.scores, s.signals, s.language)) for s in scored]
        signals = sorted({name for s in spoken for name in s.signals})
        # What is at stake does not hang on which of the readings sounds the most dangerous.
        stakes = max(s.scores.stakes for s in spoken)
        worst = _worst(spoken)
        return worst._replace(scores=worst.scores._replace(stakes=stakes)), tuple(signals)

    def _hidden_in(self, perception: Perception) -> list[_Scored]:
        """What a longer message surely asks for, or cries for, in one of its parts, where reading it whole might drown that."""
        requests = [Request(part, language=perception.language) for part in parts(perception.text)]
        if not requests:
            return []
        part, scores = max(
            zip(requests, self._classifier.score(requests), strict=True),
            key=lambda pair: max(pair[1].unsafe, pair[1].urgent),
        )
        if max(scores.unsafe, scores.urgent) < SURE:
            return []
        fired = self._signals.fire(part.text, perception.language)
        return [_Scored(View(text=part.text), perception.language, scores, fired)]


def parts(text: str) -> list[str]:
    """The sentences of a longer message, neighbours together, in at most ``PARTS`` stretches; none of a short one."""
    lines = text[:PART_CHARS].splitlines()
    sentences = [said for line in lines for said in split_sentences(line) if len(content_terms(said)) > 1]
    if len(sentences) < MANY:
        return []
    count = min(PARTS, len(sentences))
    cuts = [round(number * len(sentences) / count) for number in range(count + 1)]
    return [" ".join(sentences[start:end]) for start, end in pairwise(cuts)]


def conversation(earlier: Sequence[EarlierTurn]) -> str:
    """The tail of the earlier user messages, oldest first, as the model reads it."""
    return "\n".join(turn.text for turn in earlier)[-EARLIER_CHARS:]


def weight_alone(text: str) -> float:
    """How much the text counts by itself beside its reading after the conversation: something when it says what it wants."""
    return ALONE if len(content_terms(text)) >= SELF_CONTAINED else 0.0


def _worst(spoken: Sequence[_Scored]) -> _Scored:
    """The reading with the most danger. Where none has much, a reading of a risky kind says what it is about: that of a request which
    was cut out of the message, or of the message itself. The amount of a medicine and the next verse of a song are no danger by
    themselves, and what stands around them, or is put before them, looks like talk about anything."""
    worst = max(spoken, key=lambda s: _danger(s.scores))
    if _danger(worst.scores) >= CALM:
        return worst
    asked = (s for s in spoken if s.view.how and s.view.how[0] in EMBEDDED)
    if (risky := next((s for s in asked if _risky(s.scores)), None)) is not None:
        return risky
    if _risky(spoken[0].scores) and not _risky(worst.scores):
        # What the message asks for is not lost in what it leans on, and the danger that is heard there is not lost either.
        return worst._replace(scores=worst.scores._replace(facets=spoken[0].scores.facets))
    return worst


def _risky(scores: Scores) -> bool:
    return main_facet(scores.facets) not in BENIGN_FACETS


def _danger(scores: Scores) -> float:
    return max(scores.unsafe, scores.hazards[Hazard.SUICIDE_SELF_HARM], scores.urgent, 0.8 * scores.prompt_attack)


def _query(text: str, earlier: Sequence[EarlierTurn]) -> str:
    """The message, with the turn before it when the message says too little by itself."""
    if earlier and len(content_terms(text)) <= FEW_TERMS:
        return f"{earlier[-1].text}\n{text}"
    return text


def _whole(text: str, earlier: Sequence[EarlierTurn]) -> str:
    """The message after the last words of the conversation before it."""
    before = conversation(earlier)
    if len(before) > SEARCHED_CHARS:
        _, _, before = before[-SEARCHED_CHARS:].partition(" ")  # half a word would be a rare one
    return f"{before}\n{text}" if before else text


def _assessment(worst: _Scored, signals: tuple[str, ...], perception: Perception) -> RiskAssessment:
    scores = worst.scores
    facet = main_facet(scores.facets)
    hazards = {**scores.hazards, Hazard.PROMPT_ATTACK: scores.prompt_attack}
    ranked = sorted(hazards.items(), key=lambda item: -item[1])
    return RiskAssessment(
        language=perception.language,
        domain=DOMAIN_OF_FACET[facet],
        facet=facet,
        unsafe=scores.unsafe,
        prompt_attack=scores.prompt_attack,
        uncertainty=doubt(scores.unsafe, scores.facets),
        facets=scores.facets,
        stakes=scores.stakes,
        urgent=scores.urgent,
        hazards=tuple(HazardScore(id=hazard, score=score) for hazard, score in ranked),
        signals=signals,
        decoded_from=worst.view.how,
    )
