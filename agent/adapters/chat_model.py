"""Any langchain-core chat model as an answer model, and a scripted twin for tests."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any, Final, cast

import httpx
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from pydantic import SecretStr

from agent.endpoints import DEFAULT, Endpoint
from agent.errors import ModelOutputError, ModelUnavailable, SettingsError
from agent.ports import ChatMessage
from agent.settings import ModelKind
from agent.usage import Tokens

_MESSAGE: Final[dict[str, type[BaseMessage]]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}
_MAY_PASS: Final = frozenset({408, 409, 425, 429, *range(500, 600)})
"""HTTP statuses after which another attempt may work."""
_LONGEST_WISH_S: Final = 5.0
"""An endpoint that wants to be left alone for longer is not waited for."""


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

    async def stream(self, messages: Sequence[ChatMessage], tokens: Tokens | None = None) -> AsyncGenerator[str, None]:
        """See ``agent.ports.AnswerModel``; what the endpoint reports of tokens is in ``tokens`` afterwards."""
        chunks = cast("AsyncGenerator[AIMessageChunk, None]", self._model.astream(_sent(messages)))
        async with aclosing(chunks):
            async for piece in self._pieces(chunks, tokens or Tokens()):
                yield piece

    async def _pieces(self, chunks: AsyncGenerator[AIMessageChunk, None], tokens: Tokens) -> AsyncGenerator[str, None]:
        empty = True
        while True:
            try:
                # Not ``wait_for``, which on Python 3.11 swallows a cancellation that comes together with a piece: the turn
                # of a client that left would go on.
                async with asyncio.timeout(self._timeout_s):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                break
            except TimeoutError as error:
                silent = f"model `{self.name}` was silent for {self._timeout_s:g} s"
                raise ModelUnavailable(silent, again=False) from error
            except (TypeError, KeyError, AttributeError, IndexError, ValueError) as error:
                # What providers' clients raise on a body that is not what they expect.
                raise ModelOutputError(
                    f"model `{self.name}` sent something that is no answer: {type(error).__name__}"
                ) from error
            except Exception as error:
                # Providers have error trees of their own; all of them mean that no answer comes from here.
                raise _unavailable(self.name, error) from error
            if chunk.usage_metadata is not None:
                tokens.report(chunk.usage_metadata["input_tokens"], chunk.usage_metadata["output_tokens"])
            if text := chunk.text:
                empty = False
                yield text
        if empty:
            raise ModelOutputError(f"model `{self.name}` answered with nothing")


def _sent(messages: Sequence[ChatMessage]) -> list[BaseMessage]:
    """The messages for langchain; neighbours of one role are one message, for the templates of some models demand that roles
    take turns."""
    joined: list[ChatMessage] = []
    for message in messages:
        if joined and joined[-1].role == message.role:
            images = (*joined[-1].images, *message.images)
            joined[-1] = message._replace(text=f"{joined[-1].text}\n\n{message.text}", images=images)
        else:
            joined.append(message)
    return [_MESSAGE[message.role](content=_content(message)) for message in joined]


def _content(message: ChatMessage) -> str | list[str | dict[str, Any]]:
    if not message.images:
        return message.text
    pictures = [{"type": "image_url", "image_url": {"url": url}} for url in message.images]
    return [{"type": "text", "text": message.text}, *pictures]


def _unavailable(name: str, error: Exception) -> ModelUnavailable:
    """The failure without the provider's words, which may quote the person's; whether to ask again is told by its status."""
    status = getattr(error, "status_code", getattr(error, "code", None))
    told = f", HTTP {status}" if isinstance(status, int) else ""
    wish = _retry_after(error)
    again = (not isinstance(status, int) or status in _MAY_PASS) and (wish or 0) <= _LONGEST_WISH_S
    return ModelUnavailable(
        f"model `{name}` failed: {type(error).__name__}{told}", again=again, retry_after_s=wish if again else None
    )


def _retry_after(error: Exception) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None)
    try:
        return max(0.0, float(headers["retry-after"])) if headers is not None else None
    except (KeyError, ValueError):
        return None  # none, or a date, which nobody here has seen an endpoint send


class ScriptedModel:
    """Streams the pieces it was given. A piece that is an exception is raised, one that is an ``asyncio.Event`` is waited
    for. Fails loudly when asked once too often."""

    name = "scripted"

    def __init__(self, *answers: Sequence[str | Exception | asyncio.Event]) -> None:
        self._answers = list(answers)
        self.asked: list[list[ChatMessage]] = []
        self.running = 0
        """Calls that have neither ended nor been cancelled."""

    async def stream(self, messages: Sequence[ChatMessage], tokens: Tokens | None = None) -> AsyncGenerator[str, None]:
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


def chat_model(name: str, endpoint: Endpoint) -> LangchainModel:
    """The model of this endpoint, not yet asked anything. Its driver is imported here.

    Raises:
        SettingsError: its driver is not installed, or it has no key and needs one.
    """
    endpoint = endpoint.model_copy(update={"api_key": _key(name, endpoint)})
    http = httpx.AsyncClient(timeout=endpoint.timeout_s) if endpoint.kind == "openai" else None
    try:
        model = _DRIVERS[endpoint.kind](endpoint, http)
    except ImportError as error:
        raise SettingsError(
            f"endpoint `{name}` is of the kind `{endpoint.kind}`, which needs its driver: "
            f"pip install 'handrail[{endpoint.kind}]'"
        ) from error
    return LangchainModel(model, endpoint.model, timeout_s=endpoint.timeout_s, http=http)


def _key(name: str, endpoint: Endpoint) -> SecretStr:
    """The key of the endpoint, else that which its provider's own variable holds; anything for an endpoint at an address of
    one's own, where a key of the provider's would be none of its business."""
    if endpoint.api_key is not None:
        return endpoint.api_key
    if endpoint.base_url is not None or endpoint.kind == "ollama":
        return SecretStr("not-needed")
    variable = f"{endpoint.kind.upper()}_API_KEY"
    if key := os.environ.get(variable):
        return SecretStr(key)
    raise SettingsError(
        f"endpoint `{name}` of the kind `{endpoint.kind}` has no key: set {variable}, or "
        f"{'HANDRAIL_MODEL_API_KEY' if name == DEFAULT else '`api_key_env` in the file of the models'}"
    )


# Nobody but ``model_chain`` tries again: a driver that did so by itself would hide from the breaker what an endpoint does.


def _openai(endpoint: Endpoint, http: httpx.AsyncClient | None) -> BaseChatModel:
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model=endpoint.model,
        base_url=endpoint.base_url,
        api_key=endpoint.api_key,
        max_completion_tokens=endpoint.max_tokens,
        timeout=endpoint.timeout_s,
        max_retries=0,
        http_async_client=http,
        stream_usage=endpoint.reports_usage,
        stream_chunk_timeout=None,  # ``LangchainModel`` bounds the gaps itself, and the driver would do so with ``wait_for``
    )


def _anthropic(endpoint: Endpoint, http: httpx.AsyncClient | None) -> BaseChatModel:
    from langchain_anthropic import ChatAnthropic

    return ChatAnthropic(
        model=endpoint.model,
        base_url=endpoint.base_url,
        api_key=endpoint.api_key,
        max_tokens=endpoint.max_tokens,
        timeout=endpoint.timeout_s,
        max_retries=0,
    )


def _google(endpoint: Endpoint, http: httpx.AsyncClient | None) -> BaseChatModel:
    from langchain_google_genai import ChatGoogleGenerativeAI

    model: BaseChatModel = ChatGoogleGenerativeAI(
        model=endpoint.model,
        base_url=endpoint.base_url,
        api_key=endpoint.api_key,
        max_output_tokens=endpoint.max_tokens,
        timeout=endpoint.timeout_s,
        max_retries=1,  # attempts in all
    )
    return model


def _ollama(endpoint: Endpoint, http: httpx.AsyncClient | None) -> BaseChatModel:
    from langchain_ollama import ChatOllama

    return ChatOllama(model=endpoint.model, base_url=endpoint.base_url, num_predict=endpoint.max_tokens)


_DRIVERS: Final[dict[ModelKind, Callable[[Endpoint, httpx.AsyncClient | None], BaseChatModel]]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "google": _google,
    "ollama": _ollama,
}
