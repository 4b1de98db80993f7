"""The prompt of the answer model."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.errors import SettingsError
from agent.moderation import CHECKS
from agent.prompts import Fence, answer_prompt, load_template
from agent.prompts.model_prompt import _CONSTRAINTS, ALTERNATIVE, CITED, with_instructions
from policies.models import OBLIGATIONS, ContextFacts
from policies.taxonomy import LANGUAGES, Action
from tests.unit.agent.builders import TEMPLATE, decision


def told(decided, disclaimers=(), **who):
    return answer_prompt(TEMPLATE, decided, ContextFacts(**who), Fence(), disclaimers)


@pytest.mark.parametrize("name", sorted(_CONSTRAINTS))
def test_a_limit_is_told_in_words_only_when_the_decision_has_it(name):
    assert _CONSTRAINTS[name] in told(decision(Action.ANSWER, name))
    assert _CONSTRAINTS[name] not in told(decision(Action.ANSWER, "cite"))


def test_every_limit_on_the_text_is_told_to_the_model():
    limits = {name for name in OBLIGATIONS if name.startswith("no_")}
    assert set(_CONSTRAINTS) == limits
    assert set(CHECKS) - {"secrets"} <= limits


@pytest.mark.parametrize("language", [*LANGUAGES, "xx"])
def test_the_language_of_the_answer_is_named(language):
    names = {"en": "English", "es": "Spanish", "zh": "Simplified Chinese", "ar": "Arabic"}
    prompt = told(decision(Action.ANSWER), language=language)
    assert names.get(language, "the person's language") in prompt
    assert "$" not in prompt


def test_care_and_disclaimers_are_asked_for():
    prompt = told(decision(Action.ANSWER_WITH_CARE), ["Not legal advice."])
    assert "high-stakes" in prompt
    assert "End with this note in your own words: Not legal advice." in prompt


def test_without_limits_there_is_no_list_of_limits():
    assert "Limits" not in told(decision(Action.ANSWER))


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ({"audience": "public"}, "twelve-year-old"),
        ({"audience": "minor"}, "grown-up"),
        ({"audience": "professional", "role": "clinician"}, "professional (clinician)"),
        ({"audience": "unheard-of"}, "twelve-year-old"),
        ({"language": "es", "locale": "es-MX", "jurisdiction": "MX"}, "locale es-MX (MX)"),
    ],
)
def test_the_prompt_says_for_whom_to_write(who, words):
    assert words in told(decision(Action.ANSWER), **who)


def test_a_locale_of_another_language_than_that_of_the_reply_is_not_told():
    assert "en-US" not in told(decision(Action.ANSWER), language="es", locale="en-US")


@given(st.text(alphabet="<>mesagnd t7 \n", max_size=40))
@example("tt77")
def test_a_text_cannot_leave_its_fence_and_is_otherwise_untouched(text):
    inside = Fence("t7").around(text).removeprefix("<<<message t7>>>\n").removesuffix("\n<<<end t7>>>")
    assert "t7" not in inside
    while "t7" in text:
        text = text.replace("t7", "")
    assert inside == text


def test_every_fence_has_a_tag_of_its_own_which_the_prompt_names():
    one, other = Fence(), Fence()
    assert one.marks != other.marks
    assert one.marks in answer_prompt(TEMPLATE, decision(Action.ANSWER), ContextFacts(), one)


def test_the_hash_is_that_of_the_file_and_the_same_for_every_call(tmp_path):
    assert load_template().hash == load_template().hash
    assert len({load_template(path).hash for path in (ALTERNATIVE, CITED)} | {load_template().hash}) == 3
    assert len(load_template().hash) == 16


@pytest.mark.parametrize("path", [ALTERNATIVE, CITED])
def test_sentences_from_guidance_are_asked_for_with_their_number(path):
    prompt = load_template(path)
    assert "such as [1]" in answer_prompt(prompt, decision(Action.GUIDE, "no_dosage"), ContextFacts(), Fence())


def test_what_a_trusted_application_adds_comes_under_the_limits():
    added = with_instructions(["Be brief.", "Sign as Max."])
    assert added.endswith("Be brief.\n\nSign as Max.")
    assert "limits above hold" in added


def test_a_template_without_a_placeholder_is_an_error(tmp_path):
    file = tmp_path / "answer.md"
    file.write_text("Write in $language. $reader $fence")
    with pytest.raises(SettingsError, match=r"answer\.md: the prompt lacks `\$constraints`"):
        load_template(file)
