"""Why the reply before was as it was."""

from __future__ import annotations

import pytest

from agent.conversation import Move, Turning
from agent.models import Citation, Told
from agent.nodes.explain import explain
from policies.taxonomy import Action, Facet
from tests.unit.agent.builders import MESSAGES, POLICIES, Run, decision, facts, state

HELPLINE = Citation(
    n=1,
    document_id="helpline-us-emergency",
    revision="r",
    section="emergency",
    title="911",
    publisher="US",
    url="https://911.gov/",
    reviewed_on="2026-01-01",
    locale="en",
)
FEVER = HELPLINE.model_copy(update={"n": 2, "document_id": "med-fever", "title": "Fever", "publisher": "NHS"})
AGAIN = FEVER.model_copy(update={"n": 3, "section": "avoid"})
TOLD = Told(
    turn_id="turn_0",
    action=Action.GUIDE,
    unsafe=0.2,
    rationale="medical_dosing",
    citations=(HELPLINE, FEVER, AGAIN),
    next_steps=("Who can help?",),
)


async def explained(decided, told=TOLD, language="en"):
    asks = Turning(move=Move.WHY, resolved="x", told=told)
    run = Run()
    update = await explain(state(decided, facts(Facet.DOSING, language=language), turning=asks), run.runtime)
    assert run.sent == []
    return update["draft"]


@pytest.mark.parametrize("language", ["en", "es", "zh", "ar"])
async def test_the_reason_and_each_source_of_the_reply_before_once_in_the_persons_language(language):
    made = await explained(decision(Action.GUIDE, rationale="malware"), language=language)
    text = POLICIES.rationale("medical_dosing", language)[0]
    assert made.text.startswith(f"{MESSAGES.get('why_last', language)}\n{text.reason}")
    assert text.appeal in made.text
    assert [(citation.n, citation.document_id) for citation in made.citations] == [(1, "med-fever")]
    (section,) = made.alternative.sections
    assert (section.heading, section.text) == (MESSAGES.get("why_sources", language), "Fever (NHS) [1]")
    assert made.alternative.next_steps == TOLD.next_steps
    assert made.composer == "catalogue"


async def test_helplines_that_are_owed_lead_an_explanation_too():
    made = await explained(decision(Action.ESCALATE, "lead_with_crisis_resources", rationale="suicide_risk"))
    assert made.text.startswith(MESSAGES.get("helplines", "en"))
    assert made.text.index("988") < made.text.index(MESSAGES.get("why_last", "en"))
    assert [citation.n for citation in made.citations] == list(range(1, len(made.citations) + 1))


@pytest.mark.parametrize(
    "told", [None, TOLD.model_copy(update={"rationale": "gone", "citations": ()})], ids=["unknown", "retired"]
)
async def test_a_reply_that_is_not_known_is_explained_by_the_decision_on_its_question(told):
    made = await explained(decision(Action.REFUSE, rationale="malware"), told)
    assert POLICIES.rationale("malware", "en")[0].reason in made.text
    assert (made.alternative, made.citations) == (None, ())
