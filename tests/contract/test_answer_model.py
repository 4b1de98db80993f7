"""What every ``AnswerModel`` promises: pieces as they come, an end to the call when nobody listens, and two kinds of error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

from agent.adapters.chat_model import LangchainModel, ScriptedModel
from agent.errors import ModelOutputError, ModelUnavailable
from agent.ports import AnswerModel, ChatMessage

Piece = str | Exception | asyncio.Event
ASK = [ChatMessage("system", "Be brief."), ChatMessage("user", "Hello?")]


class FakeChatModel(BaseChatModel):
    """A provider as langchain-core sees one: streams pieces, raises, or waits."""

    pieces: Sequence[Any]
    seen: list[Any] = Field(default_factory=list)
    running: list[int] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "fake"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessageChunk(content=""))])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        self.seen.append([(message.type, message.text) for message in messages])
        self.running.append(1)
        try:
            for piece in self.pieces:
                if isinstance(piece, Exception):
                    raise piece
                if isinstance(piece, asyncio.Event):
                    await piece.wait()
                    continue
                yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        finally:
            self.running.pop()


class Made:
    """A model under test, and whether calls to it are still running."""

    def __init__(self, kind: str, pieces: Sequence[Piece]) -> None:
        self.fake = FakeChatModel(pieces=pieces)
        self.scripted = ScriptedModel(pieces)
        self.kind = kind
        self.model: AnswerModel = (
            self.scripted if kind == "scripted" else LangchainModel(self.fake, "fake", timeout_s=10)
        )

    @property
    def running(self) -> int:
        return self.scripted.running if self.kind == "scripted" else len(self.fake.running)


@pytest.fixture(params=["scripted", "langchain"])
def make(request: pytest.FixtureRequest) -> Callable[..., Made]:
    return lambda *pieces: Made(request.param, pieces)


async def collect(model: AnswerModel) -> list[str]:
    return [piece async for piece in model.stream(ASK)]


async def test_pieces_come_in_order_and_concatenate_to_the_answer(make):
    made = make("Hel", "lo ", "there.")
    assert await collect(made.model) == ["Hel", "lo ", "there."]
    assert made.running == 0


async def test_pieces_come_before_the_answer_is_whole(make):
    made = make("First.", asyncio.Event())
    stream = made.model.stream(ASK)
    assert await anext(stream) == "First."
    assert made.running == 1
    await stream.aclose()


async def test_closing_the_stream_ends_the_call(make):
    made = make("First.", asyncio.Event())
    stream = made.model.stream(ASK)
    await anext(stream)
    await stream.aclose()
    assert made.running == 0


async def test_cancelling_the_reader_ends_the_call(make):
    made = make("First.", asyncio.Event())
    reading = asyncio.create_task(collect(made.model))
    await asyncio.sleep(0.05)
    assert made.running == 1
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert made.running == 0


@pytest.mark.parametrize("pieces", [(ModelUnavailable("down"),), ("Half", ModelUnavailable("gone"))])
async def test_an_endpoint_that_is_down_is_unavailable(make, pieces):
    with pytest.raises(ModelUnavailable):
        await collect(make(*pieces).model)


# --- what langchain's providers do -------------------------------------------------------------------------


def through(*pieces: Piece) -> tuple[LangchainModel, FakeChatModel]:
    fake = FakeChatModel(pieces=pieces, seen=[], running=[])
    return LangchainModel(fake, "fake", timeout_s=0.2), fake


async def test_a_model_that_stalls_is_unavailable():
    model, fake = through("First.", asyncio.Event())
    with pytest.raises(ModelUnavailable, match=r"`fake` was silent for 0\.2 s"):
        await collect(model)
    assert fake.running == []


@pytest.mark.parametrize("error", [ConnectionRefusedError("no"), RuntimeError("HTTP 500"), OSError("reset")])
async def test_errors_of_the_provider_mean_unavailable_and_their_text_stays_inside(error):
    model, _ = through(error)
    with pytest.raises(ModelUnavailable, match=type(error).__name__) as caught:
        await collect(model)
    assert str(error) not in str(caught.value).replace("fake", "")


@pytest.mark.parametrize("error", [ValueError("not json"), KeyError("choices"), TypeError("null"), IndexError("0")])
async def test_a_body_that_is_no_answer_is_an_output_error(error):
    model, _ = through(error)
    with pytest.raises(ModelOutputError, match=type(error).__name__):
        await collect(model)


@pytest.mark.parametrize("pieces", [("",), ("", "", "")])
async def test_an_empty_answer_is_an_output_error(pieces):
    model, _ = through(*pieces)
    with pytest.raises(ModelOutputError, match="nothing"):
        await collect(model)


async def test_roles_become_the_messages_of_langchain():
    model, fake = through("Hi.")
    await collect_of(model, [*ASK, ChatMessage("assistant", "Yes?")])
    assert fake.seen == [[("system", "Be brief."), ("human", "Hello?"), ("ai", "Yes?")]]


async def collect_of(model: LangchainModel, messages: Sequence[ChatMessage]) -> list[str]:
    return [piece async for piece in model.stream(messages)]


async def test_blocks_of_content_are_read_as_text():
    model, _ = through([{"type": "text", "text": "Hi."}])  # type: ignore[arg-type]
    assert await collect(model) == ["Hi."]


# --- the twin ---------------------------------------------------------------------------------------------


async def test_the_twin_keeps_what_it_was_asked_and_fails_when_asked_once_too_often():
    model = ScriptedModel(["Hi."])
    await collect(model)
    assert model.asked == [ASK]
    with pytest.raises(AssertionError, match="no answer left"):
        await collect(model)
