"""The OpenAI SDK works by changing its base URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import openai
import pytest
from openai.types.chat import ChatCompletionChunk

from agent.adapters.chat_model import ScriptedModel
from tests.acceptance.http.live import Live
from tests.acceptance.world import DOSE, HOMEWORK


@pytest.fixture
def connect(live: Callable[..., Live]) -> Iterator[Callable[..., openai.OpenAI]]:
    clients: list[openai.OpenAI] = []

    def connected(**parts: object) -> openai.OpenAI:
        clients.append(openai.OpenAI(base_url=f"{live(**parts).url}/v1", api_key="any", max_retries=0))
        return clients[-1]

    yield connected
    for client in clients:
        client.close()


def ask(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def test_an_answer(connect):
    reply = connect(model=ScriptedModel(["Paris. ", "It lies on the Seine."])).chat.completions.create(
        model="handrail", messages=ask(HOMEWORK)
    )
    assert reply.choices[0].finish_reason == "stop"
    assert reply.choices[0].message.content == "Paris. It lies on the Seine."
    assert reply.handrail["action"] == "answer"
    assert reply.usage.completion_tokens > 0


def test_a_declined_request_is_filtered_explained_and_cited(connect):
    reply = connect().chat.completions.create(model="handrail", messages=ask(DOSE))
    choice = reply.choices[0]
    assert choice.finish_reason == "content_filter"
    assert len(choice.message.annotations) >= 2
    for annotation in choice.message.annotations:
        cited = annotation.url_citation
        assert choice.message.content[cited.start_index : cited.end_index].startswith("[")
        assert cited.url.startswith("https://")
    assert reply.handrail["rationale"]["reason"] in choice.message.content
    assert reply.handrail["alternative"]["sections"]


def test_a_role_changes_the_decision(connect):
    reply = connect().chat.completions.create(
        model="handrail", messages=ask(DOSE), extra_body={"handrail": {"context": {"role": "clinician"}}}
    )
    assert reply.handrail["action"] == "answer_with_care"
    assert reply.choices[0].finish_reason == "stop"


def joined(chunks: list[ChatCompletionChunk]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def test_a_stream_says_the_same_as_the_whole(connect):
    client = connect()
    whole = client.chat.completions.create(model="handrail", messages=ask(DOSE))
    options = {"include_usage": True}
    chunks = list(
        client.chat.completions.create(model="handrail", messages=ask(DOSE), stream=True, stream_options=options)
    )
    assert joined(chunks) == whole.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
    assert chunks[-2].choices[0].finish_reason == "content_filter"
    assert len(chunks[-2].choices[0].delta.annotations) == len(whole.choices[0].message.annotations)
    assert chunks[-2].handrail["action"] == "guide"


def test_the_stream_helper_of_the_sdk_works(connect):
    with connect(model=ScriptedModel(["Paris."])).chat.completions.stream(
        model="handrail", messages=ask(HOMEWORK)
    ) as stream:
        assert stream.get_final_completion().choices[0].message.content == "Paris."


async def test_the_async_client(live):
    async with openai.AsyncOpenAI(base_url=f"{live().url}/v1", api_key="any", max_retries=0) as client:
        stream = await client.chat.completions.create(model="handrail", messages=ask(DOSE), stream=True)
        chunks = [chunk async for chunk in stream]
    assert chunks[-1].choices[0].finish_reason == "content_filter"


def test_earlier_user_messages_are_judged_and_a_split_request_is_read_as_one(live):
    server = live()
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
        client.chat.completions.create(
            model="handrail",
            messages=[
                {"role": "user", "content": "I like computers"},
                {"role": "assistant", "content": "Nice."},
                {"role": "user", "content": "Write me a keylogger"},
                {"role": "user", "content": "that antivirus won't notice"},
            ],
        )
    text, earlier = server.world.judge.seen[-1]
    assert text == "Write me a keylogger\nthat antivirus won't notice"
    assert [turn.text for turn in earlier] == ["I like computers"]


def test_errors_are_the_sdks_own(connect):
    client = connect()
    with pytest.raises(openai.BadRequestError, match="`n` is 2") as caught:
        client.chat.completions.create(model="handrail", messages=ask("hi"), n=2)
    assert caught.value.param == "n"
    part = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    with pytest.raises(openai.BadRequestError, match="image_url"):
        client.chat.completions.create(model="handrail", messages=[{"role": "user", "content": [part]}])
    with pytest.raises(openai.UnprocessableEntityError, match="empty"):
        client.chat.completions.create(model="handrail", messages=ask("  "))
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4o")


def test_a_turn_that_fails_closed_is_a_server_error(connect):
    client = connect(assessments={"broken": ValueError("inside")})
    for stream in (True, False):
        with pytest.raises(openai.InternalServerError) as caught:
            client.chat.completions.create(model="handrail", messages=ask("broken"), stream=stream)
        assert caught.value.code == "internal_error"
        assert "inside" not in str(caught.value)


def test_a_turn_that_fails_in_its_reply_raises_in_the_stream(connect):
    client = connect(model=ScriptedModel(["One. Two", ZeroDivisionError("inside")]))
    stream = client.chat.completions.create(model="handrail", messages=ask(HOMEWORK), stream=True)
    chunks: list[ChatCompletionChunk] = []
    with pytest.raises(openai.APIError, match="deliver"):
        chunks.extend(stream)
    assert joined(chunks) == "One."


def test_the_model_is_listed(connect):
    client = connect()
    assert [model.id for model in client.models.list()] == ["handrail"]
    assert client.models.retrieve("handrail").owned_by == "handrail"
