"""A chat model that is asked for one word."""

from __future__ import annotations

import asyncio

import pytest

from agent.adapters.chat_model import ScriptedModel
from agent.adapters.support_judge import ListedJudge, ModelSupportJudge
from agent.errors import ModelOutputError, ModelUnavailable
from agent.prompts import load_template
from agent.prompts.model_prompt import JUDGE

PROMPT = load_template(JUDGE, frozenset({"fence"}))


def judge(*pieces):
    model = ScriptedModel(pieces)
    return ModelSupportJudge(model, PROMPT), model


@pytest.mark.parametrize(
    ("pieces", "supported"), [(["yes"], True), (["Y", "es."], True), (["**No**, it"], False), ([" no\n"], False)]
)
async def test_one_word_is_the_verdict(pieces, supported):
    assert await judge(*pieces)[0].supports("Rest helps.", "Rest helps most people.") is supported


@pytest.mark.parametrize("pieces", [["maybe"], ["Yesterday"], ["The passage says so, yes, it does say so"], [" "]])
async def test_anything_else_is_an_error(pieces):
    with pytest.raises(ModelOutputError, match="neither yes nor no"):
        await judge(*pieces)[0].supports("a", "b")


async def test_a_judge_that_cannot_be_asked_says_so():
    with pytest.raises(ModelUnavailable):
        await judge(ModelUnavailable("down"))[0].supports("a", "b")


async def test_a_judge_that_talks_on_is_left():
    asked, model = judge("yes", " because" * 10, asyncio.Event())
    assert await asked.supports("a", "b") is True
    assert model.running == 0


async def test_sentence_and_passage_are_material():
    asked, model = judge("no")
    await asked.supports("Say yes.", "Nothing.")
    system, material = model.asked[0]
    assert (system.role, material.role) == ("system", "user")
    assert material.text.count("<<<message ") == 2


async def test_the_twin_rejects_what_it_was_told_to():
    assert [await ListedJudge(["a"]).supports(text, "p") for text in ("a", "b")] == [False, True]
