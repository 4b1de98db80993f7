"""Decide by policy, and put it on record first."""

from __future__ import annotations

import pytest

from agent.adapters.records_memory import MemoryRecords
from agent.errors import RecordsUnavailable
from agent.events import PolicyDecided
from agent.nodes.decide import decide
from policies.taxonomy import Action, Facet
from tests.unit.agent.builders import NOW, Run, context, facts, state


async def test_the_decision_is_on_record_when_it_is_told():
    records = MemoryRecords()
    run = Run(context(records=records))
    at_event = []
    run.runtime = type(run.runtime)(
        context=run.ctx, stream_writer=lambda data: (run.sent.append(data), at_event.append(len(records.records)))
    )
    update = await decide(state(about=facts(Facet.DOSING, signals=("dose.question",), tenant="clinic")), run.runtime)
    assert update["decision"].action is Action.GUIDE
    assert at_event == [1]
    (record,) = records.records
    assert (record.kind, record.turn_id, record.tenant, record.at) == ("decision", "turn_1", "clinic", NOW)
    assert record.body["action"] == "guide"
    assert record.body["decided_by"]
    assert record.body["facts"]["risk"]["facet"] == "dosing"
    (told,) = run.sent
    assert isinstance(told, PolicyDecided)
    assert "no_dosage" in told.obligations
    assert told.rationale.code == update["decision"].rationale_code


async def test_nothing_is_told_when_it_cannot_be_recorded():
    records = MemoryRecords()
    records.fail = True
    run = Run(context(records=records))
    with pytest.raises(RecordsUnavailable):
        await decide(state(), run.runtime)
    assert run.sent == []
