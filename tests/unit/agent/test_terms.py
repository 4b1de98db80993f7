"""Terms of a text."""

from __future__ import annotations

from agent.terms import stem, terms


def test_terms_are_stems_without_function_words():
    assert terms("The doctors and their patients", "en") == ["doctor", "patient"]
    assert terms("医生和病人", "zh") == ["医", "生", "病", "人"]


def test_words_of_courtesy_and_short_names_do_not_count():
    assert terms("Please ask in the US", "en") == terms("ask in the United States", "en")
    assert stem("doctors", "en") == "doctor"
