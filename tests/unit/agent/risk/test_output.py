"""Hazards in what a model writes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from agent.risk.classifier import BUNDLED, FACETS, HAZARDS, Alone, Request, RiskClassifier, Scores
from agent.risk.output import FLOOR, RiskOutputJudge, certain
from agent.risk.output_head import Verdict, load_output_head
from corpora.library import BUNDLED_LIBRARY, load_library
from policies.taxonomy import Hazard


def scores(unsafe: float, **hazards: float) -> Scores:
    values = {hazard: hazards.get(hazard.value, 0.01) for hazard in HAZARDS}
    return Scores(
        unsafe=unsafe,
        prompt_attack=0.0,
        hazards=values,
        facets=dict.fromkeys(FACETS, 1 / len(FACETS)),
        stakes=0.0,
        urgent=0.0,
    )


def test_only_what_both_heads_are_nearly_certain_of_counts():
    assert certain(scores(0.99, cyber_offense=0.99)) == ("cyber_offense",)
    assert certain(scores(0.99, cyber_offense=FLOOR - 0.01)) == ()
    assert certain(scores(FLOOR - 0.01, cyber_offense=0.99)) == ()


def test_advice_is_no_hazard_of_an_answer():
    assert certain(scores(0.99, advice_health=0.99)) == ()
    assert Hazard.ADVICE_HEALTH in HAZARDS


class Reading:
    """A classifier that reads this, by itself and after a request."""

    def __init__(self, alone: Scores, after: Scores) -> None:
        self._alone, self._after = alone, after
        self.asked: list[Request] = []

    def alone(self, text, language):
        return Alone(np.zeros(1, dtype=np.float32), np.ones((1, 2), dtype=np.float32))

    def calibrated(self, logits):
        return self._alone

    def score(self, requests):
        self.asked += requests
        return [self._after]


class Head:
    """Finds this in everything."""

    def __init__(self, *hazards: Hazard) -> None:
        self._hazards = hazards

    def judge(self, pooled):
        return Verdict(0.0, self._hazards)


async def judged(reading, head=None, request="Hello?"):
    with ThreadPoolExecutor(1) as executor:
        return await RiskOutputJudge(reading, executor, head).hazards("text", request, "en")


CALM, CERTAIN = scores(0.1), scores(0.99, hate=0.99)


async def test_what_the_head_finds_is_held_and_nothing_else_is_asked():
    reading = Reading(CERTAIN, CERTAIN)
    assert await judged(reading, Head(Hazard.DEFAMATION)) == ("defamation",)
    assert reading.asked == []


async def test_a_suspicious_piece_is_read_after_the_request_and_must_be_nearly_certain_there():
    assert await judged(Reading(CERTAIN, CERTAIN), Head()) == ("hate",)
    assert await judged(Reading(CERTAIN, CALM), Head()) == ()
    calm = Reading(CALM, CERTAIN)
    assert await judged(calm, Head()) == ()
    assert calm.asked == []


async def test_without_head_or_request_the_piece_stands_for_itself():
    assert await judged(Reading(CERTAIN, CERTAIN)) == ("hate",)
    assert await judged(Reading(CERTAIN, CALM), request="") == ("hate",)


@pytest.mark.slow
async def test_hardly_a_sentence_of_the_library_is_held():
    library = load_library(BUNDLED_LIBRARY)
    texts = [
        (document.meta.locale, document.meta.need, section.sentences[0].text)
        for document in library.documents[::2]
        for section in document.sections[:1]
    ]
    with ThreadPoolExecutor(1) as executor:
        judge = RiskOutputJudge(RiskClassifier.load(), executor, load_output_head(BUNDLED))
        held = [text for locale, need, text in texts if await judge.hazards(text, need, locale[:2])]
    assert len(held) <= 0.01 * len(texts), held
