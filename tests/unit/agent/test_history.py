"""What the model is told of the earlier conversation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from agent.history import recalled, tokens
from agent.prompts import Fence

FENCE = Fence("0f0f")


def thread(*texts):
    return [HumanMessage(text) if place % 2 == 0 else AIMessage(text) for place, text in enumerate(texts)]


@pytest.mark.parametrize(("text", "count"), [("", 0), ("abc", 1), ("abcd", 2), ("你好", 2), ("你好ab", 3)])
def test_tokens_are_estimated_from_above(text, count):
    assert tokens(text) == count


def test_what_fits_is_given_whole_with_the_person_s_words_fenced():
    given = recalled(thread("Hi", "Hello"), "next", 100, FENCE)
    assert [(message.role, message.text) for message in given] == [
        ("user", "<<<message 0f0f>>>\nHi\n<<<end 0f0f>>>"),
        ("assistant", "Hello"),
    ]


def test_files_are_recalled_with_their_message():
    asked = HumanMessage("Summarise it", additional_kwargs={"attachments": ["Apples cost two pounds."]})
    (given,) = recalled([asked], "And pears?", 100, FENCE)
    assert given.text == "<<<message 0f0f>>>\nSummarise it\n\nApples cost two pounds.\n<<<end 0f0f>>>"


def test_messages_of_the_system_are_not_repeated():
    assert recalled([SystemMessage("rules")], "next", 100, FENCE) == []


def test_of_what_does_not_fit_the_sentences_near_the_question_are_kept_in_their_order():
    filler = "Nothing of this matters at all to anybody. " * 12
    old = thread(
        f"{filler}My daughter has an allergy to penicillin.", f"{filler}Tell the pharmacist.", "x" * 400, "Yes."
    )
    given = recalled(old, "Is penicillin safe for my daughter, says the pharmacist?", 250, FENCE)
    assert given[-1].text == "Yes."
    assert given[0].role == "user"
    assert given[0].text.index("Person: My daughter has an allergy") < given[0].text.index("Assistant: Tell the pharm")


@given(st.lists(st.text(max_size=300), max_size=12), st.integers(0, 400))
def test_the_budget_holds_whatever_was_said(texts, budget):
    given = recalled(thread(*texts), "question", budget, FENCE)
    fence = tokens("<<<message 0f0f>>>\n\n<<<end 0f0f>>>") + 1
    assert sum(tokens(message.text) - fence for message in given) <= budget + 5
    assert all(message.text.startswith("<<<message 0f0f>>>") for message in given if message.role == "user")
