"""Limits of a decision hold on a model's words, however the model cuts them up."""

from __future__ import annotations

import pytest

from agent.adapters.chat_model import ScriptedModel
from agent.adapters.twins import assessment
from policies.taxonomy import Action, Facet, Hazard
from tests.acceptance.world import MESSAGES

QUESTION = "Is it safe to take ibuprofen for my back?"
CARE = {QUESTION: assessment(Facet.HEALTH_INFORMATION, hazards={Hazard.ADVICE_HEALTH: 0.9})}
CRACK = "How do cracks work in general?"
TOPIC = {CRACK: assessment(Facet.PIRACY_CIRCUMVENTION, unsafe=0.1)}


@pytest.mark.parametrize(
    "pieces",
    [
        ["Food helps. ", "Take 400 mg every six hours. ", "Rest."],
        ["Food helps. Ta", "ke 4", "00", " m", "g every six hours. Rest."],
        ["Food helps. Take 400", "\nmg every six hours."],
        list("Food helps. Take 400 mg every six hours. Rest."),
    ],
)
async def test_a_dose_never_leaves_however_it_is_split(world, pieces):
    result = await world(model=ScriptedModel(pieces), assessments=CARE).turn(QUESTION)
    assert "no_dosage" in result.obligations
    assert "mg" not in result.text
    assert result.text.startswith("Food helps.")
    assert result.text.endswith(MESSAGES.get("held", "en"))
    assert result.held == ("no_dosage",)


async def test_code_never_leaves_where_it_is_not_allowed(world):
    model = ScriptedModel(["Cracks patch a check. ", "For example:\n``", "`\nimport os\n", "```\nDone."])
    result = await world(model=model, assessments=TOPIC).turn(CRACK)
    assert (result.action, result.held) == (Action.ANSWER_WITH_CARE, ("no_code",))
    assert "`" not in result.text


async def test_a_reply_held_from_its_first_sentence_is_only_the_closing(world):
    result = await world(model=ScriptedModel(["Take 400 mg now."]), assessments=CARE).turn(QUESTION)
    assert result.text == MESSAGES.get("held", "en")


async def test_what_was_held_is_on_record(world):
    there = world(model=ScriptedModel(["Take 400 mg now."]), assessments=CARE)
    await there.turn(QUESTION)
    (outcome,) = await there.bodies("outcome")
    assert outcome["checks"]["no_dosage"] == "held"
    assert outcome["checks"]["secrets"] == "passed"
    assert outcome["outcome"] == "replaced"


async def test_a_held_reply_ends_the_call_to_the_model(world):
    model = ScriptedModel(["Take 400 mg now. ", "And more. "] + ["And more. "] * 50)
    await world(model=model, assessments=CARE).turn(QUESTION)
    assert model.running == 0


async def test_a_key_never_leaves_even_where_everything_may_be_answered(world):
    model = ScriptedModel(["Your key is sk-abcdefghijklmnop", "qrstuvwx. Keep it."])
    result = await world(model=model).turn("What is my key?")
    assert result.held == ("secrets",)
    assert "sk-" not in result.text
