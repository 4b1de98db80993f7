"""Guidance in a model's words."""

from __future__ import annotations

import asyncio
import threading

import pytest

from agent.adapters.chat_model import ScriptedModel
from agent.adapters.support_judge import ListedJudge
from agent.composer import compose
from agent.errors import ModelOutputError, ModelUnavailable
from agent.models import Retrieved
from agent.moderation import CHECKS, Inspector
from agent.prompts import load_template
from agent.prompts.model_prompt import ALTERNATIVE
from agent.selection import Reader
from agent.support import load_support
from agent.writer import Writer
from policies.models import ContextFacts
from policies.taxonomy import Action
from tests.unit.agent.builders import decision, hit

TEXT = "Ask a pharmacist before you give a child medicine. Call Poison Help on 1-800-222-1222 at any hour."
HITS = [hit(text=TEXT)]
COMPOSED = compose(Retrieved(hits=tuple(HITS), query="child medicine"), {}, Reader())
KIND = "Please ask a pharmacist before you give your child medicine. [1]"
WRONG = "Call Poison Help on 1-800-222-1333 at any hour. [1]"
RIGHT = "You can call Poison Help on 1-800-222-1222 at any hour. [1]"


async def written(*answers, language="en", inspector=None, judge=None, near=None, seconds=5.0):
    model = ScriptedModel(*answers)
    writer = Writer(model, load_template(ALTERNATIVE), judge, near=near, seconds=seconds)
    found = await writer.rewritten(
        COMPOSED,
        [one.section for one in HITS],
        "Help?",
        ContextFacts(language=language),
        decision(Action.GUIDE),
        inspector or Inspector({}),
    )
    return (found.alternative.sections[0].text if found else None), model


async def test_sentences_that_their_passage_supports_are_taken_with_their_citations():
    text, model = await written([KIND, " ", RIGHT])
    assert text == f"{KIND}\n{RIGHT}"
    assert "[1] Title doc" in model.asked[0][1].text
    assert "\nHelp?\n<<<end " in model.asked[0][2].text


class AlwaysNear:
    """Finds every sentence near, on whatever thread it is asked."""

    name = load_support().embedder

    def __init__(self) -> None:
        self.threads: set[str] = set()

    def __call__(self, sentence, section, language):
        self.threads.add(threading.current_thread().name)
        return 1.0


async def test_a_sentence_in_other_words_is_taken_where_it_is_near_its_passage():
    reworded = "Talk to a pharmacist before your child gets any medicine. [1]"
    text, _ = await written([reworded], [reworded])
    assert text is None
    near = AlwaysNear()
    text, _ = await written([reworded], near=near)
    assert text == reworded
    assert "MainThread" not in near.threads


async def test_a_mark_before_the_full_stop_is_read_too():
    text, _ = await written(["Ask a pharmacist before you give a child medicine [1]."])
    assert text == "Ask a pharmacist before you give a child medicine. [1]"


async def test_a_sentence_that_is_not_supported_is_written_once_more():
    text, model = await written([KIND, " ", WRONG], [RIGHT])
    assert text == f"{KIND}\n{RIGHT}"
    assert "1-800-222-1333" in model.asked[1][-1].text


async def test_what_fails_again_becomes_the_sentence_of_the_passage():
    text, _ = await written([KIND, " ", WRONG], [WRONG])
    assert text == f"{KIND}\nCall Poison Help on 1-800-222-1222 at any hour. [1]"


async def test_a_citation_that_does_not_exist_is_no_support():
    text, _ = await written([KIND, " Ask a pharmacist before you give a child medicine. [7]"], ["x [7]"])
    assert text == KIND


async def test_a_sentence_that_breaks_a_check_does_not_leave():
    inspector = Inspector({"no_dosage": CHECKS["no_dosage"]})
    text, _ = await written(["Give 5 ml. [1]"], inspector=inspector)
    assert text is None


@pytest.mark.parametrize("answer", [["No mark at all."], [WRONG], [ModelUnavailable("down")], [asyncio.Event()]])
async def test_where_nothing_holds_the_extractive_text_stands(answer):
    text, _ = await written(answer, seconds=0.1)
    assert text is None


async def test_guidance_in_another_language_is_left_as_it_is():
    text, model = await written([KIND], language="es")
    assert text is None
    assert model.asked == []


async def test_a_sentence_must_pass_the_judge_too_and_what_it_rejects_is_replaced_by_the_passage_s_own():
    judge = ListedJudge([RIGHT.removesuffix(" [1]")])
    text, _ = await written([KIND, " ", RIGHT], [RIGHT], judge=judge)
    assert text == f"{KIND}\nCall Poison Help on 1-800-222-1222 at any hour. [1]"
    assert "Poison Help" in judge.asked[0][1]


async def test_the_judge_is_not_asked_about_what_our_own_check_rejects():
    judge = ListedJudge()
    await written([WRONG], [WRONG], judge=judge)
    assert judge.asked == []


@pytest.mark.parametrize("error", [ModelUnavailable("down"), ModelOutputError("maybe")])
async def test_without_the_word_of_its_judge_nothing_of_a_model_holds(error):
    assert (await written([KIND], [KIND], judge=ListedJudge(error=error)))[0] is None
