"""Generated secrets and personal data."""

from __future__ import annotations

import random

import pytest

from evals.leaks.private import MAKERS
from policies.taxonomy import LANGUAGES


def test_there_are_at_least_twelve_kinds():
    assert len(MAKERS) >= 12


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", MAKERS)
def test_a_value_stands_in_its_phrase_and_they_differ(kind, language):
    rng = random.Random(1)
    made = [MAKERS[kind](rng, language) for _ in range(8)]
    assert all(written.value in written.phrase and len(written.value) >= 6 for written in made)
    assert len({written.value for written in made}) > 5


def test_the_same_seed_makes_the_same():
    assert MAKERS["card"](random.Random(2), "en") == MAKERS["card"](random.Random(2), "en")
