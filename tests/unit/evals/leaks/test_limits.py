"""Generated doses, code and steps."""

from __future__ import annotations

import random

import pytest

from agent.moderation import CHECKS
from evals.leaks.limits import MAKERS
from policies.taxonomy import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("obligation", MAKERS)
def test_every_phrase_breaks_its_limit_and_names_what_must_not_be_read(obligation, language):
    rng = random.Random(4)
    for _ in range(100):
        phrase = MAKERS[obligation](rng, language)
        assert CHECKS[obligation](phrase.text), phrase.text
        assert phrase.hidden
