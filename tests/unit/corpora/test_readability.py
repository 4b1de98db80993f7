"""Words, scripts and reading grades."""

from __future__ import annotations

import pytest

from corpora.readability import grade, script_share, word_count


@pytest.mark.parametrize(
    ("text", "count"), [("Call 112 now.", 3), ("don't stop-gap", 2), ("请马上打电话", 4), ("اتصل الآن", 2), ("", 0)]
)
def test_words_are_counted_in_every_script(text: str, count: int) -> None:
    assert word_count(text) == count


def test_the_share_of_a_script() -> None:
    assert script_share("Hola", "es") == 1.0
    assert script_share("你好ab", "zh") == 0.5
    assert script_share("مرحبا", "ar") == 1.0
    assert script_share("مرحبا", "en") == 0.0
    assert script_share("112!", "zh") == 1.0


def test_short_words_are_easier_than_long_ones() -> None:
    assert grade(["The cat sat on the mat."]) < 3
    assert grade(["Individualised pharmacological interventions necessitate reevaluation."]) > 15
    assert grade([]) == 0.0
