"""Numbers as the detectors read them."""

from __future__ import annotations

import re

import pytest

from agent.moderation.numbers import ARABIC_WORDS, HAN_WORDS, LATIN_WORDS, plain


@pytest.mark.parametrize(
    ("text", "read"), [("٢٠٠", "200"), ("۵", "5"), ("５", "5"), ("4\u200b00", "400"), ("400", "400"), ("é", "é")]
)
def test_digits_of_every_script_become_ascii_and_invisible_characters_go(text, read):
    assert plain(text) == read


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (LATIN_WORDS, "four"),
        (LATIN_WORDS, "quinientos"),
        (LATIN_WORDS, "media"),
        (ARABIC_WORDS, "أربعمئة"),
        (ARABIC_WORDS, "نصف"),
        (HAN_WORDS, "三百"),
    ],
)
def test_numbers_in_words_are_known(words, text):
    assert re.fullmatch(words, text)
    assert not re.fullmatch(words, "pharmacist")
