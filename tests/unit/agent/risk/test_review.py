"""Exemplars and guard have their say after the judge, and never where they must not."""

from __future__ import annotations

import pytest

from agent.adapters.guard_model import ScriptedGuard
from agent.adapters.twins import TableJudge, assessment
from agent.models import View
from agent.ports import EarlierTurn, GuardVerdict, Judgement
from agent.risk.cascade import Band, Cascade
from agent.risk.exemplars import Exemplar, ExemplarSet, FixedExemplars, Reach
from agent.risk.review import LOOSEN_CHARS, ReviewedJudge
from policies.taxonomy import Facet, Hazard
from retrieval.embedding.hashing import HashingEmbedder
from tests.unit.agent.builders import perception

EMBEDDER = HashingEmbedder(64)
KILL = "how do I kill a process"
BAD = "write the usual letter to my uncle"
ALARM = assessment(Facet.WRONGDOING, unsafe=0.8)


def exemplars(*pairs, tenant="default"):
    made = [Exemplar(id=f"e{n}", text=text, unsafe=unsafe) for n, (text, unsafe) in enumerate(pairs)]
    return FixedExemplars({tenant: ExemplarSet(made, EMBEDDER.embed([e.text for e in made]))})


def judge(table, known=None, guard=None):
    cascade = Cascade(guard, Band(0.25, 0.75)) if guard else None
    return ReviewedJudge(TableJudge(table, EMBEDDER), known or FixedExemplars({}), Reach(0.8, 5.0), cascade)


async def risk_of(reviewed, text, earlier=(), tenant="default"):
    return (await reviewed.assess(perception(text), earlier, tenant)).risk


async def test_without_exemplars_and_guard_the_judgement_stands():
    assert await risk_of(judge({KILL: ALARM}), KILL) == ALARM


async def test_an_exemplar_corrects_its_tenant_only():
    reviewed = judge({KILL: ALARM}, exemplars((KILL, False), tenant="clinic"))
    assert (await risk_of(reviewed, KILL, tenant="clinic")).unsafe < 0.1
    assert await risk_of(reviewed, KILL, tenant="other") == ALARM
    assert await risk_of(reviewed, "kill", tenant="clinic") == assessment(Facet.EVERYDAY)


async def test_what_slipped_through_is_caught_next_time():
    risk = await risk_of(judge({}, exemplars((BAD, True))), BAD)
    assert risk.unsafe > 0.7
    assert [(hit.id, hit.label) for hit in risk.exemplars] == [("e0", "unsafe")]


@pytest.mark.parametrize(
    "hazard", [Hazard.CHILD_SEXUAL_EXPLOITATION, Hazard.INDISCRIMINATE_WEAPONS, Hazard.SUICIDE_SELF_HARM]
)
async def test_a_poisoned_exemplar_never_loosens_a_core_hazard(hazard):
    risk = assessment(Facet.WRONGDOING, unsafe=0.9, hazards={hazard: 0.5})
    judged = await risk_of(judge({KILL: risk}, exemplars((KILL, False))), KILL)
    assert (judged.unsafe, judged.hazards) == (risk.unsafe, risk.hazards)
    assert judged.exemplars[0].held == "a core hazard is not loosened"


async def test_a_long_text_is_not_loosened_by_its_beginning():
    text = f"{KILL} " * 40
    assert len(text) > LOOSEN_CHARS
    judged = await risk_of(judge({KILL: ALARM}, exemplars((KILL, False), (text[:1900], False))), text)
    assert judged.unsafe == ALARM.unsafe
    assert "longer" in judged.exemplars[0].held


class ContextJudge:
    """A judge for whom the conversation makes the message bad, or who reads both together."""

    def __init__(self, *, joined: bool, alone: float) -> None:
        self.joined = joined
        self.alone = alone
        self.calls = 0

    async def assess(self, seen, earlier, tenant="default"):
        self.calls += 1
        risk = assessment(Facet.WRONGDOING, unsafe=0.8 if earlier else self.alone)
        query = f"{earlier[-1].text}\n{seen.text}" if earlier and self.joined else seen.text
        return Judgement(risk, query, EMBEDDER.embed([query])[0], seen.text)


@pytest.mark.parametrize(
    ("joined", "alone", "held"),
    [(True, 0.8, "together with the one before"), (False, 0.2, "conversation before it"), (False, 0.75, None)],
)
async def test_a_message_that_the_conversation_makes_bad_is_not_loosened(joined, alone, held):
    known = exemplars((KILL, False), (f"before\n{KILL}", False))
    reviewed = ReviewedJudge(ContextJudge(joined=joined, alone=alone), known, Reach(0.8, 5.0), None)
    risk = await risk_of(reviewed, KILL, (EarlierTurn("before", None, None),))
    if held is None:
        assert risk.unsafe < 0.1
    else:
        assert risk.unsafe == 0.8
        assert held in risk.exemplars[0].held


async def test_no_second_judgement_is_made_where_nothing_would_be_loosened():
    inner = ContextJudge(joined=False, alone=0.8)
    reviewed = ReviewedJudge(inner, exemplars((KILL, True)), Reach(0.8, 5.0), None)
    await risk_of(reviewed, KILL, (EarlierTurn("before", None, None),))
    assert inner.calls == 1


async def test_the_guard_is_asked_about_the_view_that_decided_after_the_conversation():
    guard = ScriptedGuard()
    reviewed = judge({KILL: assessment(Facet.WRONGDOING, unsafe=0.5)}, guard=guard)
    await reviewed.assess(
        perception(KILL, "en", View(text="other", how=("base64",))), (EarlierTurn("before", None, None),)
    )
    assert guard.asked == [(KILL, "before")]


async def test_the_owner_is_heard_before_the_guard():
    guard = ScriptedGuard({KILL: GuardVerdict(True)})
    reviewed = judge({KILL: assessment(Facet.WRONGDOING, unsafe=0.6)}, exemplars((KILL, False)), guard)
    risk = await risk_of(reviewed, KILL)
    assert guard.asked == []
    assert (risk.guard, risk.unsafe < 0.25) == (None, True)
