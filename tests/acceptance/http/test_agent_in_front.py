"""An agent of LangChain's with Handrail in front of its model: over HTTP, and in one process."""

from __future__ import annotations

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage

from agent.integrations.langchain import HandrailMiddleware
from agent.integrations.screening import HttpScreening
from tests.acceptance.world import DOSE, HOMEWORK
from tests.unit.agent.integrations.fakes import SaidModel

KEY = "Your key is sk-abcdefghijklmnop1234."


@pytest.fixture(params=["over HTTP", "in one process"])
async def screening(request, live, world):
    if request.param == "in one process":
        yield world().screener
        return
    async with HttpScreening(live().url) as asked:
        yield asked


async def test_the_agent_answers_declines_with_guidance_and_keeps_keys_to_itself(screening):
    model = SaidModel(responses=[AIMessage("Paris."), AIMessage(f"Paris. {KEY}")])
    agent = create_agent(model, [], middleware=[HandrailMiddleware(screening)])

    async def said(text):
        return (await agent.ainvoke({"messages": [HumanMessage(text)]}))["messages"][-1].text

    assert await said(HOMEWORK) == "Paris."
    assert "[1]" in await said(DOSE)
    assert len(model.seen) == 1
    assert "sk-" not in await said(HOMEWORK)
