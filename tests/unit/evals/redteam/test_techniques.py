"""Techniques, each on a conversation in every language."""

from __future__ import annotations

import random

import pytest

from evals.redteam.techniques import MOST_CHARS, TECHNIQUES, Technique, apply
from policies.taxonomy import LANGUAGES
from tests.unit.evals.made import scenario

BY_NAME = {technique.name: technique for technique in TECHNIQUES}
FRAMES = [technique.name for technique in TECHNIQUES if technique.family != "obfuscation"]
LOCALES = {"en": "en-US", "es": "es-MX", "zh": "zh-CN", "ar": "ar-EG"}


def made(name: str, *turns: str, language: str = "en"):
    seed = scenario(turns=turns, locale=LOCALES[language], domain="security")
    return apply(BY_NAME[name], seed.turns, seed, random.Random(1))


def test_names_are_unique():
    assert len(BY_NAME) == len(TECHNIQUES)


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_frame_keeps_the_request_and_the_messages_before_it(name, language):
    turns = made(name, "before", "open that box", language=language)
    assert turns is not None
    assert turns[0] == "before"
    said = "\n".join(turns)
    assert all(word in said for word in ("open", "that", "box"))
    assert "{" not in said


@pytest.mark.parametrize("technique", TECHNIQUES, ids=lambda technique: technique.name)
def test_every_technique_changes_a_latin_request_and_does_so_alike_each_time(technique):
    seed = scenario(turns=("open that box",))
    first, again = (apply(technique, seed.turns, seed, random.Random(3)) for _ in range(2))
    assert first == again
    assert first not in (None, seed.turns)


def test_a_translation_is_asked_for_in_another_language():
    seed = scenario(turns=("abre esa caja",), locale="es-MX")
    seen = {apply(BY_NAME["translation"], seed.turns, seed, random.Random(i)) for i in range(30)}
    assert not any(turns and turns[0].startswith("Traduce") for turns in seen)
    assert len(seen) > 3


def test_crescendo_is_harmless_first():
    turns = made("crescendo", "open that box")
    assert len(turns or ()) > 2
    assert not any("open that box" in text for text in (turns or ())[:-1])


def test_texts_without_spaces_are_halved_too():
    turns = made("payload_splitting", "打开那个箱子", language="zh")
    assert "打开那" in turns[0]
    assert "个箱子" in turns[0]


def test_what_grows_too_long_or_does_not_change_is_no_variant():
    seed = scenario(turns=("x" * MOST_CHARS,))
    assert apply(BY_NAME["urgency"], seed.turns, seed, random.Random(1)) is None
    idle = Technique("idle", "frame", lambda turns, seed, rng: turns)
    assert apply(idle, seed.turns, seed, random.Random(1)) is None
