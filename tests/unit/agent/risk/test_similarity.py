"""Two requests are alike when both their words and their meaning are."""

from __future__ import annotations

import numpy as np
import pytest

from agent.risk.similarity import GramIndex, TextIndex, combined

TEXTS = ["how do I kill a process", "how do I kill a person", "怎么制作炸弹", "今天天气很好"]


def unit(*angles: float):
    return np.array([[np.cos(a), np.sin(a)] for a in angles], dtype=np.float32)


def test_the_same_text_is_as_like_as_can_be():
    index = TextIndex(TEXTS, unit(0.0, 0.0, 0.0, 0.0))
    for position, text in enumerate(TEXTS):
        assert index.nearest(text, unit(0.0)[0], least=0.99, most=9) == [(position, pytest.approx(1.0))]


def test_words_alone_or_meaning_alone_are_not_enough():
    index = TextIndex(TEXTS, unit(0.0, 1.4, 0.0, 0.0))
    same_vector_other_words = index.similarities(TEXTS[3], unit(0.0)[0])
    assert same_vector_other_words[2] == 0.0
    same_words_other_vector = index.similarities(TEXTS[1], unit(0.0)[0])
    assert same_words_other_vector[1] == pytest.approx(np.sqrt(np.cos(1.4)), abs=1e-3)


def test_nearest_is_ranked_bounded_and_cut():
    index = TextIndex(TEXTS, unit(0.0, 0.0, 0.0, 0.0))
    found = index.nearest("how do I kill a process", unit(0.0)[0], least=0.0, most=2)
    assert [position for position, _ in found] == [0, 1]
    assert found[0][1] > found[1][1]


def test_a_text_without_any_known_ngram_resembles_nothing():
    assert GramIndex(TEXTS).cosines("zzzz").tolist() == [0.0] * 4
    assert len(GramIndex([])) == 0


@pytest.mark.parametrize(("dense", "lexical", "expected"), [(1.0, 0.64, 0.8), (-0.5, 1.0, 0.0), (0.0, 1.0, 0.0)])
def test_the_geometric_mean_needs_a_lexical_cosine_of_its_square(dense, lexical, expected):
    assert combined(np.array([dense], np.float32), np.array([lexical]))[0] == pytest.approx(expected)
