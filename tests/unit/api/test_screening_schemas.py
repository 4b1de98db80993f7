"""What the screening routes take."""

from __future__ import annotations

import pytest
from openai.types.moderation import Categories
from pydantic import ValidationError

from agent.screening import LIMITS
from api.screening_schemas import CATEGORIES, OutputRequest


def test_the_categories_are_those_of_openai():
    known = {field.alias or name for name, field in Categories.model_fields.items()}
    assert set(CATEGORIES) == known


def test_the_limits_that_can_be_asked_for_are_those_that_can_be_checked():
    assert OutputRequest(output="x", limits=list(LIMITS)).limits == list(LIMITS)
    with pytest.raises(ValidationError):
        OutputRequest.model_validate({"output": "x", "limits": ["secrets"]})
