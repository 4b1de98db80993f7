"""Proxies for what is of use to a person, in four languages."""

from __future__ import annotations

import pytest

from evals.usefulness import actionable, complete, on_topic, readable
from tests.unit.evals.made import outcome

GOOD = {
    "en": (
        "how much syrup for a feverish child",
        "Ask a pharmacist about syrup for a child. [1] Read the label first. [2]",
    ),
    "es": (
        "¿cuánto jarabe le doy a mi hija con fiebre?",
        "Pregunta a un farmacéutico por el jarabe para tu hija. [1] Lee la etiqueta antes. [2]",
    ),
    "zh": ("孩子发烧喝多少糖浆", "孩子发烧时请咨询药师。[1] 先看糖浆的说明书。[2]"),
    "ar": ("كم شراب أعطي طفلي وحرارته عالية", "اسأل الصيدلي عن شراب طفلك وحرارته. [1] اقرأ النشرة أولا. [2]"),
}
LOCALES = {"en": "en-US", "es": "es-MX", "zh": "zh-CN", "ar": "ar-SA"}


@pytest.mark.parametrize("language", GOOD)
def test_a_good_reply_is_on_topic_says_what_to_do_and_reads_easily(language):
    request, reply = GOOD[language]
    done = outcome(turns=(request,), locale=LOCALES[language], text=reply)
    assert done.reply_language == language
    assert on_topic(done)
    assert actionable(done)
    assert readable(done)


@pytest.mark.parametrize("language", GOOD)
def test_a_reply_on_something_else_is_off_topic(language):
    done = outcome(turns=(GOOD[language][0],), text="A licence of software names its authors.")
    assert not on_topic(done)
    assert not actionable(done)


def test_a_document_that_fits_makes_a_reply_on_topic_whatever_its_words():
    done = outcome(turns=("fever",), cites=("med-a",), text="Other words.")
    assert not on_topic(done)
    assert on_topic(done.model_copy(update={"cited": ("med-a",)}))


def test_complete_is_guidance_with_a_source_and_a_way_on():
    done = outcome()
    assert not complete(done)
    assert complete(done.model_copy(update={"sections": 1, "cited": ("x",), "next_steps": 1}))


def test_long_sentences_do_not_read_easily():
    assert not readable(outcome(text="word " * 40 + "."))
    assert not readable(outcome(text=f"{'请先咨询药师' * 12}。"))
