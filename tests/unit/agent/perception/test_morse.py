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


@pytest.mark.parametrize("code", ["···· ·· / ·- ·-·· ·-··", "–––– / .- -", ".... .. | .- .-.. .-.."])
def test_other_marks_and_gaps(code: str) -> None:
    assert all(len(text) >= 3 for text in read(code))


@pytest.mark.parametrize("text", ["...", "---", "wait... what - no", "- a - b", "---- ---- ---- ........ -"])
def test_dots_and_dashes_are_not_always_morse(text: str) -> None:
    assert read(text) == []
