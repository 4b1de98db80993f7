"""Why first, then how to proceed; what is urgent before both."""

from __future__ import annotations

import pytest

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
    assert paragraphs[1].startswith("What I leave out")
    assert made.alternative.urgency == "emergency"


async def test_urgent_guidance_leads_without_helplines_too():
    made = await draft(
        decision(Action.GUIDE, rationale="medical_emergency"), hit(text="Call now.", urgency="emergency")
    )
    assert made.text.startswith("Title doc\nCall now. [1]")


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


def test_no_citation_is_in_no_other_language():
    assert in_another_language((), "es") is False


def test_empty_parts_make_no_paragraph():
    assert join(["a", "", "b"]) == "a\n\nb"
