"""LangChain's ChatOpenAI works by changing its base URL."""

from __future__ import annotations

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI

from agent.adapters.chat_model import ScriptedModel
from tests.acceptance.world import DOSE, HOMEWORK


def chat(url: str, **options: object) -> ChatOpenAI:
    return ChatOpenAI(model="handrail", base_url=f"{url}/v1", api_key="any", max_retries=0, **options)


def test_invoke_declines_with_the_reason(live):
    message = chat(live().url).invoke(DOSE)
    assert message.response_metadata["finish_reason"] == "content_filter"
    assert "[1]" in message.content


def test_invoke_answers_in_a_conversation(live):
    server = live(model=ScriptedModel(["Paris."]))
    messages = [SystemMessage("Be brief."), HumanMessage("hello"), AIMessage("Hi."), HumanMessage(HOMEWORK)]
    message = chat(server.url, temperature=0).invoke(messages)
    assert message.content == "Paris."
    assert message.response_metadata["finish_reason"] == "stop"
    assert message.usage_metadata["output_tokens"] > 0
    assert [turn.text for turn in server.world.judge.seen[-1][1]] == ["hello"]


def test_stream_gives_the_same_text(live):
    model = chat(live().url, stream_usage=True)
    chunks = list(model.stream(DOSE))
    assert len(chunks) > 3
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert whole.content == model.invoke(DOSE).content
    assert whole.response_metadata["finish_reason"] == "content_filter"
    assert whole.usage_metadata["output_tokens"] > 0


async def test_the_async_stream(live):
    pieces = [chunk.content async for chunk in chat(live().url).astream(DOSE)]
    assert "".join(pieces).count("[1]") >= 1


def test_the_context_goes_in_the_extra_body(live):
    model = chat(live().url, extra_body={"handrail": {"context": {"role": "clinician"}}})
    assert model.invoke(DOSE).response_metadata["finish_reason"] == "stop"
