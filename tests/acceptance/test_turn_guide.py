"""A request that is declined for a need that guidance serves: why, then how to proceed, cited."""

from __future__ import annotations

from agent.adapters.chat_model import ScriptedModel
from agent.moderation import has_dosage
from policies.taxonomy import Action
from tests.acceptance.world import DOSE, KEYLOGGER, MESSAGES, names


async def test_the_alternative_cites_at_least_two_sections_and_gives_no_dose(world):
    result = await world().turn(DOSE)
    assert (result.action, result.composer) == (Action.GUIDE, "extractive")
    assert len(result.citations) >= 2
    assert not has_dosage(result.text)
    assert [c.n for c in result.citations] == list(range(1, len(result.citations) + 1))
    assert all(c.url.startswith("https://") and c.revision for c in result.citations)
    assert result.alternative.next_steps


async def test_why_and_how_to_proceed_are_separate_and_why_comes_first(world):
    result = await world().turn(DOSE)
    assert result.rationale.code == "medical_dosing"
    assert result.rationale.declined
    assert result.rationale.rule_ids
    reason, first = result.text.index(result.rationale.reason), result.text.index(result.alternative.sections[0].text)
    assert reason < first


async def test_a_declined_request_never_reaches_the_model(world):
    model = ScriptedModel()
    await world(model=model).turn(DOSE)
    assert model.asked == []


async def test_without_guidance_it_becomes_a_refusal_that_says_so(world):
    there = world()
    events = await there.events(KEYLOGGER)
    result = events[-1].data.result
    assert result.action is Action.REFUSE
    assert result.alternative is None
    assert [notice.code for notice in result.notices] == ["no_guidance"]
    assert MESSAGES.get("nothing_found", "en") in result.text
    assert result.rationale.reason in result.text
    found = next(event.data for event in events if event.name == "retrieval.completed")
    assert (found.found, found.error) == (0, None)
    (outcome,) = await there.bodies("outcome")
    assert (outcome["action"], outcome["notices"]) == ("refuse", ["no_guidance"])


async def test_the_decided_action_stays_guide_on_record_so_that_the_gap_can_be_found(world):
    there = world()
    await there.turn(KEYLOGGER)
    (decision,) = await there.bodies("decision")
    assert decision["action"] == "guide"


async def test_a_guided_turn_tells_what_was_searched_before_any_text(world):
    order = names(await world().events(DOSE))
    assert order.index("retrieval.completed") < order.index("message.delta")


async def test_english_guidance_is_announced_to_a_reader_of_another_language(world):
    result = await world(language="ar").turn(DOSE)
    assert result.rationale.language == "ar"
    assert MESSAGES.get("english_guidance", "ar") in result.text
