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
    number = 0.06 * np.log(len(cosines))
    assert most - 0.75 * number - 1e-5 <= value <= most + 0.25 * number + 1e-5


@given(COSINES)
def test_a_nearer_request_never_counts_less(cosines: list[float]):
    assert near(cosines[0] + 0.1, *cosines[1:]) >= near(*cosines)


def test_more_requests_alone_do_not_bring_a_document_nearer():
    assert near(0.5, *[0.3] * 10) > near(0.5, *[0.3] * 40)


@given(COSINES)
def test_translations_count_as_if_all_requests_were_of_one_document(cosines: list[float]):
    halves = [near(*cosines), near(*cosines)]
    assert joined(halves[:1]) == pytest.approx(halves[0])
    assert joined(halves) == pytest.approx(near(*cosines, *cosines), abs=1e-5)
