"""How much a string looks like language."""

from __future__ import annotations

import codecs

import pytest

from agent.perception.lexicon import lexicon, rhythm, words_of
from tests.unit.agent.perception.sentences import SENTENCES


@pytest.mark.parametrize("text", [text for texts in SENTENCES.values() for text in texts])
def test_language_reads_better_forwards(text: str) -> None:
    assert lexicon().fluency(text) > lexicon().fluency(text[::-1]) + 0.1


@pytest.mark.parametrize("text", SENTENCES["en"] + SENTENCES["es"])
def test_rot13_is_not_fluent(text: str) -> None:
    assert lexicon().fluency(text) > 0.75
    assert lexicon().fluency(codecs.encode(text, "rot13")) < 0.45


def test_known_words() -> None:
    known = lexicon()
    assert known.knows("bomb")
    assert known.knows("casera")
    assert known.knows("قنبله") or known.knows("قنبلة")
    assert not known.knows("bmob")
    assert known.share("how to xqzt") == pytest.approx(5 / 9)


def test_words_are_folded_and_chinese_runs_stay_whole() -> None:
    assert words_of("¿Qué 炸弹 Is?") == ["que", "炸弹", "is"]
    assert words_of("5d8c edda8d 第2版 b4 a") == ["第", "版", "a"]


def test_language_alternates_vowels_and_consonants() -> None:
    swahili = "namna ya kutengeneza mkate mtamu nyumbani"
    assert rhythm(swahili) > 0.6 > rhythm(codecs.encode(swahili, "rot13"))
    assert rhythm("") == rhythm("123 a") == 0.0


def test_common_words_tell_their_order() -> None:
    assert lexicon().in_order("how to make a cake") > lexicon().in_order("cake a make to how")


def test_nothing_has_no_fluency() -> None:
    assert lexicon().fluency("") == 0.0
    assert lexicon().fluency("123 !!") == 0.0
    assert lexicon().share("") == 0.0
