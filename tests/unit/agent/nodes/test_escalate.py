"""Hand over to a person."""

from __future__ import annotations

import pytest

from agent.adapters.records_memory import MemoryRecords
from agent.adapters.twins import ListSearch
from agent.errors import RecordsUnavailable
from agent.events import CaseOpened, RetrievalCompleted
from agent.nodes.escalate import escalate
from policies.taxonomy import Action, Facet
from retrieval.errors import StoreUnavailable
from tests.unit.agent.builders import MESSAGES, Run, context, decision, facts, hit, state

CRISIS = decision(Action.ESCALATE, "lead_with_crisis_resources", rationale="suicide_risk")


async def test_the_case_is_on_record_when_it_is_told():
    run = Run(context(search=ListSearch([hit()])))
    update = await escalate(state(CRISIS, facts(Facet.MENTAL_HEALTH_CRISIS)), run.runtime)
    (record,) = run.ctx.deps.records.records
    assert record.kind == "case"
    assert record.body == {
        "case_id": update["case_id"],
        "queue": "medical",
        "facet": "mental_health_crisis",
        "rule_ids": ["test.rule"],
    }
    assert [type(event) for event in run.sent] == [CaseOpened, RetrievalCompleted]
    assert run.sent[0].case_id == update["case_id"]


async def test_the_holding_reply_has_helplines_a_person_to_come_and_guidance():
    run = Run(context(search=ListSearch([hit(text="Stay with somebody.")])))
    draft = (await escalate(state(CRISIS, facts(Facet.MENTAL_HEALTH_CRISIS)), run.runtime))["draft"]
    assert draft.text.startswith(MESSAGES.get("helplines", "en"))
    assert MESSAGES.get("holding", "en") in draft.text
    assert f"Stay with somebody. [{len(draft.citations)}]" in draft.text
    assert draft.citations[0].document_id.startswith("helpline-")


async def test_without_guidance_the_holding_reply_stands():
    run = Run(context(search=ListSearch(error=StoreUnavailable("down"))))
    draft = (await escalate(state(CRISIS, facts(Facet.MENTAL_HEALTH_CRISIS)), run.runtime))["draft"]
    assert "988" in draft.text
    assert MESSAGES.get("holding", "en") in draft.text


async def test_a_request_for_a_person_needs_no_helplines():
    draft = (await escalate(state(decision(Action.ESCALATE, rationale="human_requested")), Run().runtime))["draft"]
    assert MESSAGES.get("holding", "en") in draft.text
    assert draft.alternative is None


async def test_a_case_that_cannot_be_filed_is_an_error_and_nothing_is_told():
    records = MemoryRecords()
    records.fail = True
    run = Run(context(records=records))
    with pytest.raises(RecordsUnavailable):
        await escalate(state(CRISIS), run.runtime)
    assert run.sent == []
