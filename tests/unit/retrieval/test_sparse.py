"""Lexical vectors: the same word is one token, however it is spelled and inflected."""

from __future__ import annotations

import pytest

from retrieval.sparse import EMPTY, _words, document_vector, query_vector


@pytest.mark.parametrize(
    ("language", "spellings"),
    [
        ("en", ("overdose", "Overdoses", "OVERDOSED", "overdosing")),
        ("es", ("medicación", "medicacion", "medicaciones", "MEDICACIÓN")),
        ("es", ("contraseña", "contrasena", "contraseñas")),
        ("es", ("fármaco", "farmaco", "fármacos")),
        ("ar", ("الدواء", "دواء", "دَواء")),
        ("ar", ("جرعة", "الجرعة", "للجرعة", "جُرعة")),
        ("en", ("ibuprofen", "ｉｂｕｐｒｏｆｅｎ")),
    ],
)
def test_spellings_of_one_word_are_one_token(language: str, spellings: tuple[str, ...]) -> None:
    tokens = {document_vector(spelling, language).indices for spelling in spellings}
    assert len(tokens) == 1
    assert len(tokens.pop()) == 1


def test_chinese_is_cut_into_words() -> None:
    text = document_vector("我吃了太多的对乙酰氨基酚，过量了", "zh")
    query = query_vector("对乙酰氨基酚过量怎么办", "zh")
    assert set(query.indices) <= set(text.indices)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("给孩子吃布洛芬吗", ["给", "孩子", "吃", "布洛芬", "吗"]),
        ("狗 药", ["狗", "药"]),  # known characters are words of their own, and never pairs
        ("疫苗，钱。药", ["疫苗", "钱", "药"]),
        ("GPL-3.0许可证 120", ["gpl", "3", "0", "许可证", "120"]),
        ("龘靐齉，爩", ["龘靐", "靐齉", "爩"]),  # unknown ones are, but not over a mark
        ("，。！", []),
    ],
)
def test_chinese_words_are_those_of_the_lexicon_and_pairs_of_what_it_does_not_know(text: str, words: list[str]) -> None:
    assert list(_words(text.lower())) == words


def test_numbers_are_words_in_every_language() -> None:
    for language in ("en", "es", "zh", "ar"):
        number = set(query_vector("12356", language).indices)
        assert number
        assert number <= set(
            document_vector("拨打12356电话" if language == "zh" else "call 12356 now", language).indices
        )


def test_a_word_has_the_same_token_in_every_language() -> None:
    tokens = {document_vector("ibuprofenum", language).indices for language in ("en", "es", "ar")}
    assert len(tokens) == 1


@pytest.mark.parametrize(
    ("language", "asking"),
    [("en", "how do I get what I want"), ("es", "cómo puedo hacer una"), ("zh", "怎么办"), ("ar", "كيف أريد ما هو")],
)
def test_words_of_asking_are_not_looked_for(language: str, asking: str) -> None:
    assert query_vector(asking, language) == EMPTY


def test_stop_words_of_the_asking_language_are_left_out_for_other_texts() -> None:
    assert query_vector("la dosis", "en").indices != query_vector("la dosis", "en", ("es", "en")).indices
    assert query_vector("la dosis", "en", ("es",)) == query_vector("dosis", "en")


def test_an_unknown_language_is_read_as_english() -> None:
    assert query_vector("overdoses", "fr") == query_vector("overdose", "en")
    assert document_vector("overdoses", "und").indices == query_vector("overdose", "en").indices


def test_vectors_are_ascending_and_weighed() -> None:
    vector = document_vector("poison poison line", "en")
    assert list(vector.indices) == sorted(vector.indices)
    assert len(set(vector.values)) == 2
    assert set(query_vector("poison poison line", "en").values) == {1.0}


def test_a_text_without_words_is_empty() -> None:
    assert query_vector("... !?", "en") == EMPTY
    assert document_vector("", "zh") == EMPTY


def test_a_megabyte_of_text_is_cut() -> None:
    text = "poison " * 200_000 + "antidote"
    assert set(query_vector("poison", "en").indices) < set(document_vector(text, "en").indices)
    assert set(query_vector("antidote", "en").indices).isdisjoint(query_vector(text, "en").indices)
