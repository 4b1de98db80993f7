"""The fixed sentences."""

from __future__ import annotations

import re

import pytest

from agent.prompts import load_messages
from policies.taxonomy import LANGUAGES


def test_every_sentence_has_every_language_with_the_same_places_to_fill():
    for key, texts in load_messages().texts.items():
        assert set(texts) == set(LANGUAGES), key
        assert len({tuple(re.findall(r"\{\w+\}", text)) for text in texts.values()}) == 1, key


def test_another_language_gets_english():
    messages = load_messages()
    assert messages.get("failed", "de") == messages.get("failed", "en")
    assert messages.get("failed", "es") != messages.get("failed", "en")


def test_a_missing_language_is_named(tmp_path):
    file = tmp_path / "messages.yaml"
    file.write_text("hello:\n  en: Hello\n  es: Hola\n  zh: ''\n")
    with pytest.raises(ValueError, match=r"messages\.yaml: `hello` lacks zh, ar"):
        load_messages(file)


def test_an_unknown_sentence_is_an_error():
    with pytest.raises(KeyError):
        load_messages().get("no_such_sentence", "en")
