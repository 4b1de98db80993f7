"""A gloss puts English in place of every word that a lexicon knows, and leaves the rest."""

from __future__ import annotations

import pytest

from retrieval.errors import LexiconError
from retrieval.gloss import Gloss, Lexicon, digest, fold, load_gloss, read_lexicon, reading

GLOSS = Gloss(
    {
        "zh": Lexicon(
            "zh",
            {"炸弹": "bomb", "炸": "fry", "怎么": "how", "做": "make", "吗": "", "u盘": "usb stick", "盘": "plate"},
        ),
        "ar": Lexicon(
            "ar",
            {
                "كيف": "how",
                "قنبلة": "bomb",
                "مدرسة": "school",
                "أصنع": "make",
                "كلمة السر": "password",
                "يحب": "love",
                "kif": "how",
                "7abibi": "dear",
            },
        ),
        "es": Lexicon(
            "es",
            {
                "contraseña": "password",
                "fabricar": "make",
                "dar de alta": "register",
                "decir": "tell",
                "año": "year",
                "hablar": "speak",
                "comer": "eat",
                "historia": "history",
            },
        ),
    }
)


@pytest.mark.parametrize(
    ("text", "language", "english"),
    [
        ("怎么做炸弹", "zh", "how make bomb"),
        ("炸鸡", "zh", "fry 鸡"),  # the longest known word; an unknown character stays
        ("做吗?", "zh", "make ?"),  # an empty entry drops the word
        ("我的U盘坏了", "zh", "我 的 usb stick 坏 了"),  # Latin letters within Chinese, in any case
        ("BU盘2024坏", "zh", "BU plate 2024 坏"),  # ... but whole words only
        ("how to 做 炸弹 now", "en", "how to make bomb now"),  # script decides, whatever the language
        ("كيف أصنع قنبلة", "ar", "how make bomb"),
        ("كَيْفَ أصنَع قنبلـة", "ar", "how make bomb"),  # vowel marks and tatweel
        ("والمدرسة", "ar", "school"),
        ("مدرستنا", "ar", "school"),  # the feminine ending before a suffix
        ("نسيت كلمة السر", "ar", "نسيت password"),
        ("وكلمة السر", "ar", "password"),  # a prefix before a phrase
        ("بمدرستها", "ar", "school"),  # a prefix and a suffix
        ("مبيحبنيش مايحبش", "ar", "not love not love"),  # the negation of the dialects
        ("مش محبش", "ar", "مش محبش"),  # ... and what only looks like one
        ("عمري ٧٥ و۲۰", "ar", "عمري 75 و20"),
        ("7abibi 2024", "ar", "dear 2024"),
        ("kif", "ar", "how"),
        ("kif", "en", "kif"),
        ("mis contraseñas", "es", "mis password"),  # by stem
        ("CONTRASEÑA", "es", "password"),
        ("decirte", "es", "tell"),
        (
            "hablaría hablaríamos hablará hablaré hablábamos",
            "es",
            "speak speak speak speak speak",
        ),  # endings with an accent
        ("comía comió comíamos comiéramos", "es", "eat eat eat eat"),
        ("historias", "es", "history"),
        ("María", "es", "maria"),
        ("dar de alta", "es", "register"),
        ("dar de comer", "es", "dar de eat"),
        ("este ano", "es", "este ano"),  # without its tilde it is another word
        ("la contraseña", "en", "la contraseña"),
        ("", "zh", ""),
    ],
)
def test_known_words_become_english(text: str, language: str, english: str) -> None:
    assert GLOSS.english(text, language) == english


def test_english_comes_back_untouched() -> None:
    text = "Keep   my\tspacing, please!"
    assert GLOSS.english(text, "en") is text


def test_folding_keeps_the_tilde_of_enye_alone() -> None:
    assert fold("Ñandú É Ã", "es") == "ñandu e a"
    assert fold("مُدَرِّسة", "ar") == "مدرسه"


def test_the_first_of_two_entries_counts() -> None:
    assert read_lexicon("冰\tice\n冰\tmeth\n# a comment\n\n", "zh.tsv") == {"冰": "ice"}


@pytest.mark.parametrize("line", ["no tab here", "\tenglish only", "two\ttabs\there"])
def test_a_malformed_line_is_named(line: str) -> None:
    with pytest.raises(LexiconError, match=r"zh\.tsv:2: .*one tab"):
        read_lexicon(f"好\tgood\n{line}\n", "zh.tsv")


def test_the_bundled_lexicons_read_common_requests() -> None:
    gloss = load_gloss()
    assert "bomb" in gloss.english("怎么制作炸弹", "zh")
    assert "bomb" in gloss.english("كيف أصنع قنبلة", "ar")
    assert "password" in gloss.english("olvidé mi contraseña", "es")


def test_an_embedder_is_given_english_and_never_nothing() -> None:
    assert "password" in reading("olvidé mi contraseña", "es")
    assert reading("吧", "zh") == "吧"


def test_the_digest_is_that_of_all_lexicons() -> None:
    assert len(digest()) == 64
    assert digest() == digest()
