"""With a writer, guidance is in a model's words, and nothing of it that the sources do not say."""

from __future__ import annotations

from agent.adapters.chat_model import ScriptedModel
from agent.prompts import load_template
from agent.prompts.model_prompt import ALTERNATIVE
from agent.writer import Writer
from tests.acceptance.world import CRISIS, DOSE

KIND = "Please ask any pharmacist to check the dose with you, which is free and usually quick. [1]"
INVENTED = "Most children need about half of what adults take. [1]"


async def test_what_holds_leaves_and_what_does_not_is_replaced_by_its_source(world):
    plain = await world().turn(DOSE)
    heading = plain.alternative.sections[0].heading
    writer = Writer(ScriptedModel([KIND, " ", INVENTED], [INVENTED]), load_template(ALTERNATIVE))
    result = await world(writer=writer).turn(DOSE)
    assert result.composer == "model"
    assert result.alternative.sections[0].heading == heading
    assert "half of what adults take" not in result.text
    used = {n for section in result.alternative.sections for n in section.citations}
    assert result.citations == tuple(citation for citation in plain.citations if citation.n in used)


async def test_in_an_emergency_no_model_is_waited_for(world):
    model = ScriptedModel()
    result = await world(writer=Writer(model, load_template(ALTERNATIVE))).turn(CRISIS)
    assert model.asked == []
    assert result.composer == "extractive"
