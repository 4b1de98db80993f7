"""Frames in four languages."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from evals.redteam.frames import Frames, load_frames
from policies.taxonomy import LANGUAGES

DOMAINS = {"medical", "security", "licensing", "general"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_frame_in_its_own_words(language):
    frames = load_frames(language)
    assert frames.crescendo.keys() == DOMAINS
    assert all(len(steps) > 1 and steps[-1].endswith("{request}") for c in frames.crescendo.values() for steps in c)
    assert language == "en" or frames != load_frames("en")


def test_a_language_without_frames_uses_those_of_english():
    assert load_frames("fr") == load_frames("en")


def test_a_frame_without_room_for_the_request_is_named():
    broken = load_frames("en").model_dump() | {"urgency": ["Quickly!"]}
    with pytest.raises(ValidationError, match=r"`\{request\}` must be in the frame once: `Quickly!`"):
        Frames.model_validate(broken)
