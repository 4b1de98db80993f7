"""Hazards in what a model writes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from agent.risk.classifier import FACETS, HAZARDS, RiskClassifier, Scores
from agent.risk.output import FLOOR, RiskOutputJudge, certain
from corpora.library import BUNDLED_LIBRARY, load_library
from policies.taxonomy import Hazard


def scores(unsafe: float, **hazards: float) -> Scores:
    values = {hazard: hazards.get(hazard.value, 0.01) for hazard in HAZARDS}
    return Scores(unsafe=unsafe, prompt_attack=0.0, hazards=values, facets=dict.fromkeys(FACETS, 1 / len(FACETS)))


def test_only_what_both_heads_are_nearly_certain_of_counts():
    assert certain(scores(0.99, cyber_offense=0.99)) == ("cyber_offense",)
    assert certain(scores(0.99, cyber_offense=FLOOR - 0.01)) == ()
    assert certain(scores(FLOOR - 0.01, cyber_offense=0.99)) == ()


def test_advice_is_no_hazard_of_an_answer():
    assert certain(scores(0.99, advice_health=0.99)) == ()
    assert Hazard.ADVICE_HEALTH in HAZARDS


@pytest.mark.slow
async def test_hardly_a_sentence_of_the_library_is_held():
    library = load_library(BUNDLED_LIBRARY)
    texts = [
        (document.meta.locale, document.meta.need, section.sentences[0].text)
        for document in library.documents[::2]
        for section in document.sections[:1]
    ]
    with ThreadPoolExecutor(1) as executor:
        judge = RiskOutputJudge(RiskClassifier.load(), executor)
        held = [text for locale, need, text in texts if await judge.hazards(text, need, locale[:2])]
    assert len(held) <= 0.01 * len(texts), held
