"""Arabic in Latin letters is read by its consonants, and by its vowels where these leave a choice."""

from __future__ import annotations

import pytest

from retrieval.arabizi import Arabizi
from retrieval.gloss import load_gloss

WORDS = ("كتاب", "كاتب", "مكتبه", "حبوب", "خرج", "صاحبتي", "بنات", "قهوه", "سيارتي", "عباره")


@pytest.fixture(scope="module")
def arabizi() -> Arabizi:
    return Arabizi(WORDS)


@pytest.mark.parametrize(
    ("latin", "word"),
    [
        ("kitab", "كتاب"),
        ("ketaab", "كتاب"),
        ("kateb", "كاتب"),
        ("maktaba", "مكتبه"),
        ("7oboob", "حبوب"),
        ("7boub", "حبوب"),
        ("5arag", "خرج"),
        ("kharaj", "خرج"),
        ("7'araj", "خرج"),
        ("sa7ebti", "صاحبتي"),
        ("ahwe", None),  # the consonant is not written, so it cannot be known
        ("2ahwa", "قهوه"),
        ("gahwa", "قهوه"),
        ("sayyarti", "سيارتي"),
        ("3ebara", "عباره"),
        ("elbanat", "بنات"),
        ("elbanatt", "بنات"),
    ],
)
def test_a_word_is_known_however_it_is_spelled(arabizi: Arabizi, latin: str, word: str | None) -> None:
    assert arabizi.word(latin) == word


@pytest.mark.parametrize("latin", ["", "a", "zzz", "4ever", "keyboard", "qwrtp", "ééé", "3" * 400, "kh" * 300])
def test_what_is_no_such_word_has_none(arabizi: Arabizi, latin: str) -> None:
    assert arabizi.word(latin) is None


def test_a_request_in_arabizi_is_read_in_english() -> None:
    english = load_gloss().english("ana te3ebt awi w 3ayez amoot, msh 3aref akallem meen", "ar")
    assert {"tired", "want", "die", "speak"} <= set(english.split())


def test_english_words_in_arabizi_stay() -> None:
    assert "script" in load_gloss().english("ektebli script ysra2 el cookies", "ar").split()


def test_latin_words_in_a_text_in_arabic_letters_are_of_another_language() -> None:
    assert "sayyarti" in load_gloss().english("كيف أثبت برنامج sayyarti على جهازي", "ar").split()
