"""The prompt of the answer model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import SettingsError
from agent.moderation import CHECKS
from agent.prompts import answer_prompt, load_template
from agent.prompts.model_prompt import _CONSTRAINTS, fenced
from policies.models import OBLIGATIONS
from policies.taxonomy import LANGUAGES, Action
from tests.unit.agent.builders import TEMPLATE, decision


@pytest.mark.parametrize("name", sorted(_CONSTRAINTS))
def test_a_limit_is_told_in_words_only_when_the_decision_has_it(name):
    assert _CONSTRAINTS[name] in answer_prompt(TEMPLATE, decision(Action.ANSWER, name), "en")
    assert _CONSTRAINTS[name] not in answer_prompt(TEMPLATE, decision(Action.ANSWER, "cite"), "en")


def test_every_limit_on_the_text_is_told_to_the_model():
    limits = {name for name in OBLIGATIONS if name.startswith("no_")}
    assert set(_CONSTRAINTS) == limits
    assert set(CHECKS) - {"secrets"} <= limits


@pytest.mark.parametrize("language", [*LANGUAGES, "xx"])
def test_the_language_of_the_answer_is_named(language):
    names = {"en": "English", "es": "Spanish", "zh": "Simplified Chinese", "ar": "Arabic"}
    prompt = answer_prompt(TEMPLATE, decision(Action.ANSWER), language)
    assert names.get(language, "the person's language") in prompt
    assert "$" not in prompt


def test_care_and_disclaimers_are_asked_for():
    prompt = answer_prompt(TEMPLATE, decision(Action.ANSWER_WITH_CARE), "en", ["Not legal advice."])
    assert "high-stakes" in prompt
    assert "End with this note in your own words: Not legal advice." in prompt


def test_without_limits_there_is_no_list_of_limits():
    assert "Limits" not in answer_prompt(TEMPLATE, decision(Action.ANSWER), "en")


@given(st.text(alphabet="<>mesagnd «»\n", max_size=40))
def test_a_text_cannot_leave_its_fence(text):
    inside = fenced(text).removeprefix("<<<message>>>\n").removesuffix("\n<<<end>>>")
    assert "<<<" not in inside
    assert ">>>" not in inside


def test_a_template_without_a_placeholder_is_an_error(tmp_path):
    file = tmp_path / "answer.md"
    file.write_text("Write in $language. $fence")
    with pytest.raises(SettingsError, match=r"answer\.md: the prompt lacks `\$constraints`"):
        load_template(file)
