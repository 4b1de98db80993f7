"""Any langchain-core chat model as an answer model, and a scripted twin for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final, cast

import httpx
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage

from agent.errors import ModelOutputError, ModelUnavailable, SettingsError
from agent.ports import ChatMessage
from agent.settings import Settings

_MESSAGE: Final[dict[str, type[BaseMessage]]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}


class LangchainModel:
    """Streams through a ``BaseChatModel``. A gap between pieces longer than ``timeout_s`` counts as unavailable."""

    def __init__(
        self, model: BaseChatModel, name: str, *, timeout_s: float, http: httpx.AsyncClient | None = None
    ) -> None:
        self._model = model
        self.name = name
        self._timeout_s = timeout_s
        self._http = http

    async def close(self) -> None:
        """Connections that were kept open for the next call are closed."""
        if self._http is not None:
            await self._http.aclose()

    async def stream(self, messages: Sequence[ChatMessage]) -> AsyncGenerator[str, None]:
        """See ``agent.ports.AnswerModel``."""
        sent = [_MESSAGE[message.role](content=message.text) for message in messages]
        chunks = cast("AsyncGenerator[AIMessageChunk, None]", self._model.astream(sent))
        async with aclosing(chunks):
            async for piece in self._pieces(chunks):
                yield piece

    async def _pieces(self, chunks: AsyncGenerator[AIMessageChunk, None]) -> AsyncGenerator[str, None]:
        empty = True
        while True:
            try:
                chunk = await asyncio.wait_for(anext(chunks), self._timeout_s)
            except StopAsyncIteration:
                break
            except TimeoutError as error:
                raise ModelUnavailable(f"model `{self.name}` was silent for {self._timeout_s:g} s") from error
            except (TypeError, KeyError, AttributeError, IndexError, ValueError) as error:
                # What providers' clients raise on a body that is not what they expect.
                raise ModelOutputError(
                    f"model `{self.name}` sent something that is no answer: {type(error).__name__}"
                ) from error
            except Exception as error:
                # Providers have error trees of their own; all of them mean that no answer comes from here.
                raise ModelUnavailable(f"model `{self.name}` failed: {type(error).__name__}") from error
            if text := chunk.text:
                empty = False
                yield text
        if empty:
            raise ModelOutputError(f"model `{self.name}` answered with nothing")


class ScriptedModel:
    """Streams the pieces it was given. A piece that is an exception is raised, one that is an ``asyncio.Event`` is waited
    for. Fails loudly when asked once too often."""

    name = "scripted"

    def __init__(self, *answers: Sequence[str | Exception | asyncio.Event]) -> None:
        self._answers = list(answers)
        self.asked: list[list[ChatMessage]] = []
        self.running = 0
        """Calls that have neither ended nor been cancelled."""

    async def stream(self, messages: Sequence[ChatMessage]) -> AsyncGenerator[str, None]:
        """See ``agent.ports.AnswerModel``."""
        self.asked.append(list(messages))
        if not self._answers:
            raise AssertionError("the scripted model has no answer left")
        self.running += 1
        try:
            for piece in self._answers.pop(0):
                if isinstance(piece, Exception):
                    raise piece
                if isinstance(piece, asyncio.Event):
                    await piece.wait()
                    continue
                await asyncio.sleep(0)
                yield piece
        finally:
            self.running -= 1


def chat_model(settings: Settings) -> LangchainModel | None:
    """The configured model, or ``None``. Drivers are imported here, when one is chosen.

    Raises:
        SettingsError: the model has no name, or its driver is not installed.
    """
    if settings.model == "none":
        return None
    if not settings.model_name:
        raise SettingsError(f"HANDRAIL_MODEL is `{settings.model}` but HANDRAIL_MODEL_NAME is not set")
    http = httpx.AsyncClient(timeout=settings.model_timeout_s) if settings.model == "openai" else None
    try:
        model = _driver(settings, settings.model_name, http)
    except ImportError as error:
        raise SettingsError(
            f"model kind `{settings.model}` needs its driver: pip install 'handrail[{settings.model}]'"
        ) from error
    return LangchainModel(model, settings.model_name, timeout_s=settings.model_timeout_s, http=http)


def _driver(settings: Settings, name: str, http: httpx.AsyncClient | None) -> BaseChatModel:
    key = settings.model_api_key
    if settings.model == "openai":
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr

        return ChatOpenAI(
            model=name,
            base_url=settings.model_base_url,
            api_key=key or SecretStr("not-needed"),
            max_completion_tokens=settings.model_max_tokens,
            timeout=settings.model_timeout_s,
            max_retries=1,
            http_async_client=http,
        )
    if settings.model == "anthropic":
        from langchain_anthropic import ChatAnthropic

        return ChatAnthropic(
            model=name,
            base_url=settings.model_base_url,
            api_key=key,
            max_tokens=settings.model_max_tokens,
            timeout=settings.model_timeout_s,
        )
    from langchain_ollama import ChatOllama

    return ChatOllama(model=name, base_url=settings.model_base_url, num_predict=settings.model_max_tokens)
