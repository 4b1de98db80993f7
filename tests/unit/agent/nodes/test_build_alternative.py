"""Why first, then how to proceed; what is urgent before both."""

from __future__ import annotations

import re

import pytest

from agent.composer import MAX_WORDS
from agent.models import Retrieved
from agent.nodes.build_alternative import build_alternative, in_another_language, join
from agent.views import rationale_view
from policies.models import ContextFacts
from policies.taxonomy import Action, Facet
from tests.unit.agent.builders import MESSAGES, POLICIES, Run, decision, facts, hit, state


async def draft(decided, *hits, language="en", **about):
    run = Run()
    given = state(
        decided, facts(Facet.DOSING, language=language, **about), retrieved=Retrieved(hits=hits, query="dose")
    )
    return (await build_alternative(given, run.runtime))["draft"]


async def test_what_is_declined_and_why_come_before_the_guidance():
    made = await draft(decision(Action.GUIDE, "no_dosage", rationale="medical_dosing"), hit(text="Read the label."))
    why = rationale_view(decision(Action.GUIDE, rationale="medical_dosing"), POLICIES, ContextFacts())
    assert made.text.startswith("What I leave out here: ")
    assert made.text.index(why.reason) < made.text.index(why.how_to_proceed) < made.text.index("Read the label. [1]")
    assert (made.composer, len(made.citations)) == ("extractive", 1)


async def test_a_limit_of_the_decision_holds_on_the_guidance():
    made = await draft(decision(Action.GUIDE, "no_dosage", rationale="medical_dosing"), hit(text="Read it. Give 5 mg."))
    assert "5 mg" not in made.text


@pytest.mark.parametrize("obligation", ["lead_with_crisis_resources", "lead_with_helplines:emergency"])
async def test_helplines_lead_and_the_reason_follows(obligation):
    made = await draft(decision(Action.GUIDE, obligation, rationale="medical_dosing"), hit(text="Read the label."))
    paragraphs = made.text.split("\n\n")
    assert paragraphs[0].startswith(MESSAGES.get("helplines", "en"))
    assert paragraphs[1].startswith(POLICIES.rationale("medical_dosing", "en")[0].reason)
    assert paragraphs[-1].startswith("What I leave out")
    assert made.alternative.urgency == "emergency"


async def test_urgent_guidance_leads_without_helplines_too():
    made = await draft(
        decision(Action.GUIDE, rationale="medical_emergency"), hit(text="Call now.", urgency="emergency")
    )
    assert made.text.startswith("Heading do-now\nCall now. [1]")


async def test_english_guidance_is_announced_in_the_language_of_the_reader_with_helplines_or_without():
    note = MESSAGES.get("english_guidance", "es")
    for obligations in ((), ("lead_with_crisis_resources",)):
        made = await draft(decision(Action.GUIDE, *obligations, rationale="self_harm_support"), hit(), language="es")
        assert note in made.text
        made = await draft(
            decision(Action.GUIDE, *obligations, rationale="self_harm_support"), hit(locale="es"), language="es"
        )
        assert note not in made.text


async def test_nothing_that_may_be_said_leaves_the_reason_alone():
    made = await draft(decision(Action.GUIDE, "no_dosage", rationale="medical_dosing"), hit(text="Give 5 mg."))
    assert (made.alternative, made.citations, made.composer) == (None, (), "catalogue")


@pytest.mark.parametrize(
    ("kind", "key"), [("fraud", "helplines_fraud"), ("animal_poison", "helplines_animal"), ("abuse", "helplines")]
)
async def test_helplines_are_announced_as_what_they_are(kind, key):
    made = await draft(decision(Action.GUIDE, f"lead_with_helplines:{kind}", rationale="medical_dosing"), hit())
    assert made.text.startswith(MESSAGES.get(key, "en"))


async def test_the_notes_that_a_rule_wants_end_the_reply_and_count_in_its_length():
    long = " ".join(f"Sentence number {n} names thing{n} and object{n} beside other matters." for n in range(50))
    hits = [hit("doc", name, text=long.replace("thing", name)) for name in ("do-now", "avoid", "how-to")]
    noted = await draft(decision(Action.GUIDE, "add_disclaimer:general_medical", rationale="medical_dosing"), *hits)
    assert noted.text.endswith(POLICIES.disclaimer("general_medical", "en").text)
    assert len(re.sub(r" \[\d+\]", "", noted.text).split()) <= MAX_WORDS + len(["What", "I", "leave", "out", "here:"])


async def test_chinese_sentences_stand_without_spaces():
    made = await draft(decision(Action.GUIDE, rationale="medical_dosing"), hit(), language="zh")
    assert "。 " not in made.text.split("\n\n")[0]


def test_no_citation_is_in_no_other_language():
    assert in_another_language((), "es") is False


def test_empty_parts_make_no_paragraph():
    assert join(["a", "", "b"]) == "a\n\nb"
