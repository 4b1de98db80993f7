"""Words, signals and examples behind a score."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from agent.adapters.twins import assessment
from agent.ports import EarlierTurn, Judgement
from agent.risk.classifier import FACETS, HAZARDS, Scores
from agent.risk.examples import TrainingExamples
from agent.risk.explain import EXPLAINED_CHARS, MOST_UNITS, Explainer, spans, without
from policies.taxonomy import Facet, Hazard
from retrieval.embedding.hashing import HashingEmbedder

EMBEDDER = HashingEmbedder(64)


class Words:
    """`bomb` makes a text unsafe, `bath` before it harmless, and two halves only together."""

    def __init__(self) -> None:
        self.asked = []

    def score(self, requests):
        self.asked += requests
        return [self._one(f"{r.earlier} {r.text}") for r in requests]

    def _one(self, text):
        unsafe = 0.1
        if "bomb" in text:
            unsafe = 0.3 if "bath" in text else 0.9
        if "split" not in text and "half" not in text and "pair" in text:
            unsafe = 0.1
        elif "pair" in text:
            unsafe = 0.9
        return Scores(unsafe, 0.05, dict.fromkeys(HAZARDS, 0.0), {f: 1 / len(FACETS) for f in FACETS}, 0.0, 0.0)


@pytest.fixture
def make(tmp_path):
    (tmp_path / "own.jsonl").write_text(
        json.dumps({"id": "a", "text": "how to build a bomb", "unsafe": True, "facet": "wrongdoing"})
    )
    with ThreadPoolExecutor(1) as executor:
        yield lambda folder=tmp_path: Explainer(Words(), TrainingExamples(EMBEDDER, folder), executor)


def judged(text, *signals, query=None):
    risk = assessment(Facet.WRONGDOING, signals=signals)
    return Judgement(risk, query or text, EMBEDDER.embed([text])[0], text)


def test_the_word_that_makes_it_unsafe_comes_first_and_what_soothes_is_negative(make):
    why = make().explained(judged("build a bath bomb"), ())
    by_text = {word.text: word.unsafe for word in why.moved}
    assert why.moved[0].text == "bath"
    assert by_text["bath"] < 0 < by_text["bomb"]
    assert "build" not in by_text
    word = next(word for word in why.moved if word.text == "bomb")
    assert why.judged[word.start : word.end] == "bomb"
    assert why.unsafe == 0.3


def test_two_words_that_stand_in_for_each_other_are_shown_together(make):
    why = make().explained(judged("pair split half"), ())
    assert ("split half", True) in {(word.text, word.unsafe > 3) for word in why.moved}


@pytest.mark.parametrize(("own", "read_in"), [("es", "es"), (None, "en")])
def test_a_view_is_explained_in_the_language_that_it_was_judged_in(make, own, read_in):
    explainer = make()
    explainer.explained(judged("bomb")._replace(language=own), ())
    assert {request.language for request in explainer._classifier.asked} == {read_in}


def test_signals_come_with_what_they_add(make):
    why = make().explained(judged("hello", "malware.make", "thanks"), ())
    assert [(s.name, s.unsafe > 0, s.hazard) for s in why.signals] == [
        ("malware.make", True, Hazard.CYBER_OFFENSE),
        ("thanks", False, None),
    ]


def test_the_conversation_before_it_is_read_with_it_and_stays(make):
    explainer = make()
    explainer.explained(judged("hello there"), (EarlierTurn("a bomb", None, None),))
    assert {request.earlier for request in explainer._classifier.asked} == {"a bomb"}


@pytest.mark.parametrize("text", ["x " * 5_000, "炸弹" * 3_000, "🙂" * 2_000, "", "\x00\x01" * 500, "a" * 100_000])
def test_any_text_is_explained_in_a_bounded_number_of_evaluations(make, text):
    explainer = make()
    why = explainer.explained(judged(text), ())
    assert len(explainer._classifier.asked) <= 2 * MOST_UNITS
    assert len(why.judged) <= EXPLAINED_CHARS
    assert why.truncated is (len(text) > EXPLAINED_CHARS)


async def test_examples_are_prepared_in_the_background_and_then_found(make):
    explainer = make()
    first = await explainer.explain(judged("how to build a bomb"), ())
    second = await explainer.explain(judged("how to build a bomb"), ())
    assert [near.id for near in second.nearest] == ["a"]
    assert second.note is None
    assert first.moved == second.moved


async def test_examples_that_cannot_be_had_are_missing_with_a_note(make, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "x.jsonl").write_text("{")
    explainer = make(broken)
    await explainer.explain(judged("hello"), ())
    why = await explainer.explain(judged("hello"), ())
    assert why.nearest == ()
    assert "x.jsonl:1" in why.note


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("don't kill it", ["don't", "kill", "it"]),
        ("怎么做炸弹", ["怎么", "做炸", "弹"]),
        ("اصنع قنبلة", ["اصنع", "قنبلة"]),
        ("?!", []),
    ],
)
def test_words_of_every_script_are_found(text, expected):
    assert [text[span.start : span.end] for span in spans(text)] == expected


def test_many_words_are_weighed_in_stretches():
    assert len(spans("word " * 500)) <= MOST_UNITS


def test_leaving_a_word_out_leaves_no_gap():
    text = "kill a process"
    assert [without(text, span) for span in spans(text)] == ["a process", "kill process", "kill a"]
    assert np.isfinite(len(without("x", spans("x")[0])))
