"""Answers around something."""

from __future__ import annotations

import random

from evals.leaks.frames import framed, marked
from policies.taxonomy import LANGUAGES


def test_what_is_framed_stands_in_short_answers_and_deep_in_long_ones():
    rng = random.Random(1)
    made = [framed(rng, language, "XX") for language in LANGUAGES for _ in range(60)]
    assert all(text.count("XX") == 1 for text in made)
    assert min(text.index("XX") for text in made) == 0
    assert max(text.index("XX") for text in made) > 500


def test_marks_stand_around_the_phrase_or_its_value():
    rng = random.Random(1)
    made = {marked(rng, "it is 42", "42") for _ in range(200)}
    assert {"it is 42", "**it is 42**", "it is `42`"} <= made
