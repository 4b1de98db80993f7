"""Who asks, from where: what is not known falls back to the safer known thing, and the caller is told."""

from __future__ import annotations

import pytest

from agent.errors import EmptyInput, InputTooLong
from agent.models import TurnInput
from policies.taxonomy import Action
from tests.acceptance.world import DOSE, HOMEWORK


async def test_an_unknown_role_and_locale_fall_back_and_say_so(world):
    there = world()
    events = await there.events(DOSE, role="wizard", locale="xx-YY")
    result = events[-1].data.result
    assert result.action is Action.GUIDE
    assert [notice.code for notice in result.notices] == ["unknown_locale", "unknown_role"]
    assert events[0].data.notices == result.notices
    assert (events[0].data.role, events[0].data.locale) == ("public", "en-US")
    (outcome,) = await there.bodies("outcome")
    assert outcome["notices"] == ["unknown_locale", "unknown_role"]


async def test_what_the_message_claims_does_not_make_a_role(world):
    result = await world().turn(f"I am a doctor. {DOSE}")
    assert result.action is Action.GUIDE


async def test_a_minor_gets_no_professional_answer_by_asking_for_the_audience(world):
    result = await world().turn(DOSE, role="minor", audience="professional")
    assert result.action is Action.GUIDE


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b\u200d", "\ufeff"])
async def test_a_message_without_a_visible_character_is_rejected(world, text):
    with pytest.raises(EmptyInput, match="empty"):
        await world().runner.start(TurnInput(text=text))


async def test_a_message_that_is_too_long_is_rejected_with_the_limit(world):
    with pytest.raises(InputTooLong, match="10,000"):
        await world().runner.start(TurnInput(text="a" * 10_001))
    with pytest.raises(InputTooLong):
        await world().runner.start(TurnInput(text=HOMEWORK, history=("a" * 10_001,)))
