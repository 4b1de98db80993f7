"""A person must look: a case is filed, and the holding reply leads with the help of the place."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agent.adapters.records_memory import MemoryRecords
from agent.audit import Entry, Record, SubjectKey
from agent.errors import RecordsUnavailable
from policies.taxonomy import Action
from tests.acceptance.world import CRISIS, CRISIS_ES, MESSAGES, names


async def test_a_case_is_filed_and_the_person_is_told(world):
    there = world()
    events = await there.events(CRISIS)
    result = events[-1].data.result
    assert result.action is Action.ESCALATE
    opened = next(event.data for event in events if event.name == "case.opened")
    (case,) = await there.bodies("case")
    assert opened.case_id == result.case_id == case["case_id"]
    assert (case["queue"], case["facet"]) == ("medical", "mental_health_crisis")
    assert MESSAGES.get("holding", "en") in result.text
    order = names(events)
    assert order.index("case.opened") < order.index("message.delta")


@pytest.mark.parametrize(
    ("locale", "number"), [("en-US", "988"), ("en-GB", "116 123"), ("es-MX", "800 911 2000"), ("es-ES", "024")]
)
async def test_the_crisis_line_of_the_locale_comes_first(world, locale, number):
    result = await world().turn(CRISIS, locale=locale)
    assert result.alternative.urgency == "emergency"
    assert number in result.alternative.sections[0].text
    assert result.text.index(number) < result.text.index(result.rationale.reason)


async def test_the_whole_reply_is_in_the_language_of_the_person(world):
    result = await world(language="es").turn(CRISIS_ES)
    assert result.rationale.language == "es"
    assert result.text.startswith(MESSAGES.get("helplines", "es"))
    assert "es" in {c.locale for c in result.citations}


async def test_guidance_follows_the_helplines_each_with_its_citation(world):
    result = await world().turn(CRISIS)
    cited = {c.document_id for c in result.citations}
    assert "med-suicidal-thoughts-you" in cited
    assert any(name.startswith("helpline-us") for name in cited)
    assert {n for s in result.alternative.sections for n in s.citations} == {c.n for c in result.citations}


async def test_a_person_in_danger_is_not_told_what_they_do_not_get(world):
    result = await world().turn(CRISIS)
    assert result.rationale.declined not in result.text


class NoCases(MemoryRecords):
    """Takes every record but a case."""

    async def append(self, entry: Entry, keys: Sequence[SubjectKey] = ()) -> Record:
        if entry.kind == "case":
            raise RecordsUnavailable("the case could not be filed")
        return await super().append(entry, keys)


async def test_a_case_that_cannot_be_filed_fails_the_turn_rather_than_promise_a_person(world):
    failed = await world(records=NoCases()).fails(CRISIS)
    assert failed.code == "records_unavailable"
    assert "emergency number" in failed.text
