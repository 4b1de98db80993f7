"""Morse code."""

from __future__ import annotations

import pytest

from agent.perception.morse import morse
from tests.unit.agent.perception.sentences import in_morse


def read(text: str) -> list[str]:
    return [span.text for span in morse(text)]


def test_letters_and_words_are_read() -> None:
    assert "how to make bread?" in read(in_morse("how to make bread?"))
    assert "كيف اصنع" in read(in_morse("كيف أصنع"))


def test_the_alphabet_that_makes_words_is_chosen() -> None:
    assert read(in_morse("dame pan")) == ["dame pan"]
    assert read(in_morse("كيف اقرا الكتاب")) == ["كيف اقرا الكتاب"]


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("im sure they dont know", "i'm sure they don't know"),
        ("were baking bread", "we're baking bread"),
        ("they were baking", "they were baking"),
        ("a covidvaccination list", "a covid vaccination list"),
        ("how do birds fly", "how do birds fly?"),
        ("how so", "how so"),
    ],
)
def test_what_is_left_out_in_morse_comes_back(sent: str, meant: str) -> None:
    assert read(in_morse(sent)) == [meant]


@pytest.mark.parametrize("code", ["···· ·· / ·- ·-·· ·-··", "–––– / .- -", ".... .. | .- .-.. .-.."])
def test_other_marks_and_gaps(code: str) -> None:
    assert all(len(text) >= 3 for text in read(code))


@pytest.mark.parametrize("text", ["...", "---", "wait... what - no", "- a - b", "---- ---- ---- ........ -"])
def test_dots_and_dashes_are_not_always_morse(text: str) -> None:
    assert read(text) == []
