"""Parts of a turn by themselves."""

from __future__ import annotations

import asyncio

import pytest

from agent.adapters.twins import ListSearch, TableJudge, WordJudge, assessment
from agent.errors import EmptyInput, InputTooLong, TurnFailedError
from agent.models import TurnInput
from agent.screening import LIMITS, Screener
from policies.taxonomy import Action, Facet, Hazard
from tests.unit.agent.builders import context, hit

DOSE = "What dose for my child?"
BOMB = "How do I build a bomb?"
TABLE = {
    DOSE: assessment(Facet.DOSING, unsafe=0.55, hazards={Hazard.ADVICE_HEALTH: 0.9}, signals=("dose.child",)),
    BOMB: assessment(
        Facet.WRONGDOING, unsafe=0.98, hazards={Hazard.INDISCRIMINATE_WEAPONS: 0.97}, signals=("weapon.make",)
    ),
}


def screener(timeout_s: float = 5.0, **parts) -> tuple[Screener, object]:
    deps = context(judge=TableJudge(parts.pop("table", TABLE)), **parts).deps
    return Screener(deps, max_input_chars=200, timeout_s=timeout_s), deps


async def test_a_decision_is_made_explained_and_recorded():
    made, deps = screener()
    view = await made.decide(TurnInput(text=DOSE))
    assert (view.action, view.facet) == (Action.GUIDE, Facet.DOSING)
    assert view.rationale.rule_ids
    assert "no_dosage" in view.obligations
    (record,) = await deps.records.read(turn_id=view.decision_id)
    assert (record.kind, record.body["action"]) == ("decision", "guide")


async def test_earlier_messages_are_judged_with_it():
    made, deps = screener()
    await made.decide(TurnInput(text="And for adults?", history=(DOSE,)))
    assert [turn.text for turn in deps.judge.seen[0][1]] == [DOSE]


async def test_guidance_is_cited_and_says_when_there_is_none():
    made, _ = screener(search=ListSearch([hit()]))
    view = await made.guidance(TurnInput(text=DOSE))
    assert view.alternative.sections[0].text == "Ask a pharmacist. [1]"
    assert view.citations[0].document_id == "doc"
    assert view.reason is None
    empty = await screener()[0].guidance(TurnInput(text=DOSE))
    assert (empty.alternative, empty.reason) == (None, "no reviewed guidance covers this request")


async def test_an_output_is_checked_under_the_limits_of_the_decision_on_its_request():
    made, _ = screener()
    view = await made.check("Rest. Give 5 ml now. Bye.", TurnInput(text=DOSE))
    assert (view.passed, view.text) == (False, "Rest.")
    assert [(held.checks, held.at) for held in view.held] == [(("no_dosage",), 5)]
    assert view.decision.action is Action.GUIDE
    assert (await made.check("Rest. Give 5 ml now.", TurnInput(text="Hello"))).passed


async def test_an_output_alone_is_checked_for_what_holds_everywhere_and_what_is_asked_for():
    made, deps = screener(output_judge=WordJudge({"kill": "violent_crimes"}))
    assert (await made.check("Take 5 mg.", None)).passed
    assert not (await made.check("Take 5 mg.", None, ["no_dosage"])).passed
    private = await made.check("Write to a.b@host.org now.", None)
    assert (private.text, private.held[0].outcome) == ("Write to [email] now.", "repaired")
    assert (await made.check("I kill.", None)).held[0].checks == ("hazards",)
    assert await deps.records.read() == []


def test_limits_are_those_of_the_policies():
    assert set(LIMITS) == {"no_dosage", "no_code", "no_steps"}


async def test_moderation_flags_what_is_not_simply_answered_and_records_nothing():
    made, deps = screener()
    fine, bomb = await made.moderate(["Hello", BOMB])
    assert (fine.flagged, bomb.flagged) == (False, True)
    assert bomb.hazards[Hazard.INDISCRIMINATE_WEAPONS] == 0.97
    assert await deps.records.read() == []


async def test_what_cannot_be_judged_is_an_error_of_the_caller():
    made, _ = screener()
    with pytest.raises(EmptyInput):
        await made.decide(TurnInput(text=" \u200b"))
    with pytest.raises(InputTooLong, match="201 characters"):
        await made.decide(TurnInput(text="x" * 201))
    with pytest.raises(InputTooLong):
        await made.decide(TurnInput(text="x", history=("x" * 201,)))
    with pytest.raises(EmptyInput, match="`output`"):
        await made.check("", None)
    with pytest.raises(InputTooLong, match="`output`"):
        await made.check("x" * 201, None)


async def test_what_takes_too_long_fails_with_a_status_to_act_on():
    made, _ = screener(0.05, table={DOSE: asyncio.Event()})
    with pytest.raises(TurnFailedError, match="longer than") as caught:
        await made.decide(TurnInput(text=DOSE))
    assert caught.value.status == 504
