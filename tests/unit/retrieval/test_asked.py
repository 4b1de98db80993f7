"""How near a request comes to the typical requests of a document."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.asked import joined, nearness

COSINES = st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=60)


def near(*cosines: float) -> float:
    return nearness(np.array(cosines, dtype=np.float32))


def test_one_request_counts_as_it_is():
    assert near(0.62) == pytest.approx(0.62)


def test_several_near_ones_say_more_than_one_by_accident():
    assert near(0.5, 0.5, 0.48, 0.1) > near(0.55, 0.1, 0.1, 0.1)


def test_many_far_ones_do_not_add_up_to_a_near_one():
    assert near(*[0.2] * 40) < near(0.5)


@given(COSINES)
def test_it_lies_about_the_nearest_whatever_their_number(cosines: list[float]):
    value, most = near(*cosines), max(cosines)
    half = 0.085 * np.log(len(cosines)) / 2
    assert most - half - 1e-5 <= value <= most + half + 1e-5


@given(COSINES)
def test_a_nearer_request_never_counts_less(cosines: list[float]):
    assert near(cosines[0] + 0.1, *cosines[1:]) >= near(*cosines)


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_translation_never_takes_away_from_the_nearest(first: float, second: float):
    assert joined([first]) == pytest.approx(first)
    assert max(first, second) <= joined([first, second]) <= max(first, second) + 0.06
