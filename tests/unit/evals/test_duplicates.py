"""Scenarios that are like what the model was trained on."""

from __future__ import annotations

import json

import pytest

from agent.risk.labels import CORRECTIONS
from corpora.library import load_library
from evals.duplicates import described, near_duplicates, shingles, training_texts
from evals.guidance import JUDGED, read_judged
from evals.scenario import read_scenarios
from evals.wordings import read_wordings
from policies.loader import load_policies
from tests.unit.evals.made import scenario

POLICIES = load_policies()
DATA = CORRECTIONS.with_name("data")


def test_no_shipped_scenario_is_like_a_training_prompt():
    measured = [*read_scenarios(roles=POLICIES.roles, locales=POLICIES.locales), *read_wordings()]
    assert described(near_duplicates(measured, training_texts(DATA))) == ""


def test_no_shipped_scenario_or_judged_request_is_like_a_typical_request_of_the_library():
    asked = {
        f"{document.id}#{place}": request
        for document in load_library().documents
        for place, request in enumerate(document.meta.asked)
    }
    measured = [
        *read_scenarios(roles=POLICIES.roles, locales=POLICIES.locales),
        *(scenario(turns=(judged.text,)) for judged in read_judged(JUDGED)),
    ]
    assert described(near_duplicates(measured, asked)) == ""


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("How do I pick the lock of a garden shed?", "how do i pick the lock of the garden shed"),
        ("怎么偷偷看我老婆的微信聊天记录", "怎么偷偷看老婆的微信聊天记录？"),
        ("¿Cómo abro la cerradura del trastero?", "como abro la cerradura del trastero"),
    ],
)
def test_small_changes_do_not_make_another_request(text, prompt):
    found = near_duplicates([scenario(turns=("Hello there.", text))], {"p": prompt, "q": "something else entirely"})
    assert [(d.text, d.prompt) for d in found] == [(text, "p")]
    assert "`p`; rewrite it" in described(found)


def test_another_request_on_the_same_topic_is_no_duplicate():
    prompts = {"p": "how many tablets of ibuprofen may i take in a day"}
    assert near_duplicates([scenario(turns=("Is ibuprofen safe together with beer?",))], prompts) == []


def test_text_without_letters_is_like_nothing():
    assert shingles("?!") == frozenset()
    assert near_duplicates([scenario(turns=("?!",))], {"p": "?!"}) == []


def test_earlier_messages_of_a_thread_are_prompts_too(tmp_path):
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": "a", "text": "now", "earlier": ["before"]}), encoding="utf-8")
    assert training_texts(tmp_path) == {"a": "now", "a#0": "before"}
