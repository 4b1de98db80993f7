"""The value types of a turn."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from agent import events, models
from agent.models import Perception, RequestContext, TurnInput, View

CLASSES = {
    c for module in (models, events) for _, c in inspect.getmembers(module, inspect.isclass) if issubclass(c, BaseModel)
}
CLASSES.discard(BaseModel)


def test_all_are_frozen_and_closed():
    assert [c for c in CLASSES if not c.model_config.get("frozen") or c.model_config.get("extra") != "forbid"] == []


def test_a_field_that_does_not_exist_is_an_error():
    with pytest.raises(ValidationError, match="extra"):
        RequestContext.model_validate({"rôle": "clinician"})


def test_a_value_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        TurnInput(text="a").text = "b"


@given(st.text(st.characters(exclude_categories=()), max_size=20))
def test_text_from_outside_can_always_be_encoded(text):
    given_ = TurnInput(text=text, history=(text,), context=RequestContext(locale=text))
    assert given_.text.encode().decode() == given_.text == given_.history[0] == given_.context.locale


def test_what_is_no_character_becomes_the_replacement_character():
    assert TurnInput(text="a\ud800b").text == "a\ufffdb"
    assert TurnInput(text="\ud83d\ude00é").text == "😀é"


def test_the_text_of_a_perception_is_its_first_view():
    seen = Perception(original="ａ", views=(View(text="a"), View(text="b", how=("rot13",))), language="en")
    assert seen.text == "a"


def test_what_a_frontend_asserts_is_short():
    with pytest.raises(ValidationError, match="at most 64"):
        RequestContext(role="x" * 65)
