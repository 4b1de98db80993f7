"""The nodes in a graph of one's own."""

from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import END, START, MessagesState, StateGraph

from agent.integrations.langgraph import declined, input_node, output_node
from tests.unit.agent.integrations.fakes import FakeScreening


def graph(answer):
    asked = []

    async def model(state: MessagesState):
        asked.append(state["messages"][-1].text)
        return {"messages": [AIMessage(answer, id="m-1")]}

    screening = FakeScreening()
    made = StateGraph(MessagesState)
    made.add_node("handrail", input_node(screening))
    made.add_node("model", model)
    made.add_node("check", output_node(screening))
    made.add_edge(START, "handrail")
    made.add_conditional_edges("handrail", declined, {True: END, False: "model"})
    made.add_edge("model", "check")
    made.add_edge("check", END)
    return made.compile(), asked


async def run(made, text):
    return (await made.ainvoke({"messages": [HumanMessage(text)]}))["messages"]


@pytest.mark.parametrize(("answer", "shown"), [("Hi.", "Hi."), ("Fine. The secret is x.", "Fine. The\n\nI stop here.")])
async def test_the_model_answers_and_its_message_is_checked_in_place(answer, shown):
    made, asked = graph(answer)
    messages = await run(made, "hello")
    assert [(message.type, message.text) for message in messages] == [("human", "hello"), ("ai", shown)]
    assert messages[-1].id == "m-1"
    assert asked == ["hello"]


async def test_a_declined_message_is_replied_to_without_the_model():
    made, asked = graph("Hi.")
    messages = await run(made, "guide me")
    assert messages[-1].text == "Guidance. [1]"
    assert asked == []


async def test_a_state_without_a_reply_is_left_as_it_is():
    assert await output_node(FakeScreening())({"messages": []}) == {"messages": []}
    assert await output_node(FakeScreening())({"messages": [HumanMessage("a")]}) == {"messages": []}
    assert declined({"messages": []}) is False
