"""Guidance out of reach: a refusal with the reason and no alternative, until the store is back."""

from __future__ import annotations

from agent.adapters.chat_model import ScriptedModel
from policies.taxonomy import Action
from tests.acceptance.world import CRISIS, DOSE, GPL, MESSAGES


async def test_a_guided_request_is_refused_with_the_reason_and_recovers_by_itself(world, store):
    there = world()
    store.down = True
    refused = await there.turn(DOSE)
    assert refused.action is Action.REFUSE
    assert (refused.alternative, refused.citations) == (None, ())
    assert MESSAGES.get("guidance_unavailable", "en") in refused.text
    assert refused.notices[-1].code == "no_guidance"
    assert "out of reach" in refused.notices[-1].detail
    store.down = False
    assert (await there.turn(DOSE)).action is Action.GUIDE


async def test_the_client_is_told_that_the_search_failed(world, store):
    store.down = True
    events = await world().events(DOSE)
    found = next(event.data for event in events if event.name == "retrieval.completed")
    assert (found.found, found.corpus_release) == (0, None)
    assert "out of reach" in found.error


async def test_a_person_in_crisis_still_gets_the_helplines(world, store):
    store.down = True
    result = await world().turn(CRISIS)
    assert result.action is Action.ESCALATE
    assert "988" in result.text
    assert result.case_id


async def test_an_answer_needs_no_store(world, store):
    store.down = True
    assert (await world(model=ScriptedModel(["Yes, under its terms."])).turn(GPL)).text == "Yes, under its terms."
    assert (await world().turn(GPL)).text.startswith(MESSAGES.get("no_model", "en"))
