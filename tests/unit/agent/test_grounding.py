"""Sentences and the words they rest on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.grounding import content_terms, fold, next_boundary, overlap, split_sentences

PIECES = [
    "Take care",
    "Dr. Who",
    "e.g. this",
    "3.5",
    "!",
    "?",
    ".",
    "。",
    "؟",
    " ",
    "\n",
    '"',
    "”",
    "好",
    "سلام",
    "U.S.",
    "…",
    "1)",
]
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=20).map("".join))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("See Dr. Ali, e.g. today. Then rest.", ["See Dr. Ali, e.g. today.", "Then rest."]),
        ("It weighs 3.5 kg. Fine.", ["It weighs 3.5 kg.", "Fine."]),
        ("你好。再见！好吗？", ["你好。", "再见！", "好吗？"]),
        ("هل أنت بخير؟ نعم.", ["هل أنت بخير؟", "نعم."]),
        ("¿Qué tal? Bien.", ["¿Qué tal?", "Bien."]),
        ("- First point\n- Second point", ["First point", "Second point"]),
        ("1. First step.\n2. Second step.", ["First step.", "Second step."]),
        ('He said "stop." Then left.', ['He said "stop."', "Then left."]),
        ("Before - after. - aside", ["Before - after.", "- aside"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_of_four_languages(text, sentences):
    assert split_sentences(text) == sentences


@given(TEXTS)
def test_splitting_loses_no_text_but_bullets(text):
    plain = text.replace("-", "").replace("*", "").replace("•", "")
    plain = "".join(c for c in plain if not c.isdigit())
    assert "".join("".join(split_sentences(plain)).split()) == "".join(plain.split())


@given(TEXTS)
def test_boundaries_move_forward_and_cover_the_text(text):
    start, slices = 0, []
    while start < len(text):
        end = next_boundary(text, start) or len(text)
        assert end > start
        slices.append(text[start:end])
        start = end
    assert "".join(slices) == text


def test_a_long_row_of_stops_within_a_word_is_looked_at_once():
    """From each of its places it would take minutes."""
    row = f"a{'.' * 300_000}b"
    assert split_sentences(f"{row}. {row}") == [f"{row}.", row]


def test_no_boundary_is_none():
    assert next_boundary("no end here") is None
    assert next_boundary("Dr. ") is None


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(fold(fold(text)))


def test_folding_drops_accents_vowel_marks_and_case():
    assert fold("Cómo FABRICÓ") == "como fabrico"
    assert fold("كَتَبَ") == "كتب"


def test_terms_are_words_of_three_letters_and_pairs_of_characters():
    assert content_terms("An iron pot") == {"iron", "pot"}
    assert content_terms("怎么办") == {"怎么", "么办"}


@given(st.frozensets(st.text(max_size=3)), st.frozensets(st.text(max_size=3)))
def test_overlap_is_symmetric_and_bounded(a, b):
    assert overlap(a, b) == overlap(b, a)
    assert 0.0 <= overlap(a, b) <= 1.0
    assert overlap(a, a) == (1.0 if a else 0.0)
