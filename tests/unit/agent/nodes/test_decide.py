"""Decide by policy, and put it on record first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.adapters.records_memory import MemoryRecords
from agent.adapters.twins import assessment
from agent.attachments.reader import ReadAttachment
from agent.errors import RecordsUnavailable
from agent.events import PolicyDecided
from agent.models import ExemplarHit, GuardCheck
from agent.nodes.decide import decide
from agent.ports import Judgement
from policies.engine import decide as decide_by_policy
from policies.loader import parse_policies
from policies.models import Facts
from policies.taxonomy import Action, Facet
from tests.unit.agent.builders import NOW, POLICIES, Run, context, facts, state
from tests.unit.policies.trees import tiny_sources


async def test_the_decision_is_on_record_when_it_is_told():
    records = MemoryRecords()
    run = Run(context(records=records, risk_model="0123456789abcdef"))
    at_event = []

    def hear(event):
        run.sent.append(event)
        at_event.append(len(records.records))

    run.runtime = type(run.runtime)(context=replace(run.ctx, emit=hear))
    update = await decide(state(about=facts(Facet.DOSING, signals=("dose.question",), tenant="clinic")), run.runtime)
    assert update["decision"].action is Action.GUIDE
    assert at_event == [1]
    (record,) = records.records
    assert (record.kind, record.turn_id, record.tenant, record.at) == ("decision", "turn_1", "clinic", NOW)
    assert record.body["action"] == "guide"
    assert record.body["decided_by"]
    assert record.body["risk_model"] == "0123456789abcdef"
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


async def test_a_record_holds_all_that_a_replay_needs():
    records = MemoryRecords()
    run = Run(context(records=records))
    about = facts(Facet.DOSING, signals=("dose.question",), unsafe=0.82)
    decision = (await decide(state(about=about), run.runtime))["decision"]
    body = records.records[0].body
    assert Facts.model_validate(body["facts"]) == about
    assert decide_by_policy(Facts.model_validate(body["facts"]), POLICIES, now=NOW) == decision
    assert body["explanation"] == decision.explanation
    assert body["near_misses"][0]["gaps"]
    assert "shadow" not in body


async def test_what_a_shadow_would_do_is_on_record_and_changes_nothing():
    records = MemoryRecords()
    ctx = context(records=records)
    everything = {"id": "test.all", "when": "true", "action": "refuse"}
    shadow = parse_policies(tiny_sources(everything))
    run = Run(replace(ctx, shadow=shadow))
    update = await decide(state(), run.runtime)
    assert update["decision"].action is Action.ANSWER
    beside = records.records[0].body["shadow"]
    assert (beside["policy_version"], beside["action"], beside["decided_by"]) == (
        shadow.version,
        "refuse",
        ["test.all"],
    )
    assert beside["differs"] == ["action", "rationale"]


async def test_a_shadow_that_fails_does_not_touch_the_turn():
    records = MemoryRecords()
    run = Run(replace(context(records=records), shadow=BrokenPolicies()))
    assert (await decide(state(), run.runtime))["decision"].action is Action.ANSWER
    assert records.records[0].body["shadow"] == {"policy_version": "broken", "error": "ZeroDivisionError"}


class BrokenPolicies:
    """Policies that cannot decide."""

    version = "broken"

    def applied(self, context):
        raise ZeroDivisionError("no")


async def test_what_corrected_the_judgement_is_on_record():
    hit = ExemplarHit(id="e1", label="safe", similarity=0.9, shift=-5.0)
    guard = GuardCheck(model="guard", verdict="failed", shift=2.2, detail="took too long")
    risk = assessment(Facet.EVERYDAY).model_copy(
        update={"exemplars": (hit,), "exemplar_version": "0123456789ab", "guard": guard}
    )
    records = MemoryRecords()
    run = Run(context(records=records))
    await decide(state(judgement=Judgement(risk, "hello", None)), run.runtime)
    await decide(state(), run.runtime)
    corrected, plain = (record.body for record in records.records)
    assert corrected["exemplars"] == {
        "version": "0123456789ab",
        "near": [{"id": "e1", "label": "safe", "similarity": 0.9, "shift": -5.0, "held": None}],
    }
    assert corrected["guard"]["detail"] == "took too long"
    assert not {"exemplars", "guard"} & set(plain)


async def test_files_are_on_record_without_their_content_or_name():
    file = ReadAttachment(
        name="divorce.pdf", kind="pdf", media_type="application/pdf", size=9, sha256="ab", text="mine"
    )
    records = MemoryRecords()
    run = Run(context(records=records))
    await decide(state(attachments=(file,)), run.runtime)
    (record,) = records.records
    assert record.body["attachments"] == [
        {
            "media_type": "application/pdf",
            "size": 9,
            "sha256": "ab",
            "read_by": [],
            "chars": 4,
            "cut": False,
            "fault": None,
        }
    ]
