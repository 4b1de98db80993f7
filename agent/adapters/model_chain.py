"""Endpoints asked one after the other: each with its retries, its breaker and its limit on calls at once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Final, Generic, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_exponential, wait_random

from agent.adapters.breaker import Breaker
from agent.endpoints import Endpoint, Role
from agent.errors import ModelOutputError, ModelUnavailable
from agent.ports import ChatMessage, EndpointModel, GuardModel, GuardVerdict, Transcriber
from agent.usage import RunningCall

_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 2.0

logger = logging.getLogger(__name__)
M = TypeVar("M")
T = TypeVar("T")


class Line(Generic[M]):
    """An endpoint as all roles share it: its model, its breaker, its places."""

    def __init__(self, name: str, endpoint: Endpoint, model: M, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self.endpoint = endpoint
        self.model = model
        self.breaker = Breaker(name, failures=endpoint.breaker_failures, seconds=endpoint.breaker_seconds, clock=clock)
        self._places = asyncio.Semaphore(endpoint.concurrency)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place among the calls at once, under the eye of the breaker.

        Raises:
            ModelUnavailable: the endpoint is left alone at present, or no place became free in time.
        """
        self.breaker.require_closed()
        try:
            async with asyncio.timeout(self.endpoint.timeout_s):
                await self._places.acquire()
        except TimeoutError as error:
            busy = f"endpoint `{self.name}` has {self.endpoint.concurrency} calls at once, and none ended in time"
            raise ModelUnavailable(busy, again=False) from error
        try:
            with self.breaker.watching():
                yield
        finally:
            self._places.release()

    def status(self) -> str:
        """Its name, and its breaker where that is not closed."""
        state = self.breaker.state
        return self.name if state == "closed" else f"{self.name} ({state.replace('_', ' ')})"


class Chain(Generic[M]):
    """The endpoints of a role, in the order in which they are asked."""

    def __init__(self, role: Role, lines: Sequence[Line[M]], *, patience_s: float) -> None:
        """``patience_s`` bounds the search for an endpoint that answers, retries and all."""
        self.role = role
        self.lines = tuple(lines)
        self.name = self.lines[0].endpoint.model
        self._patience_s = patience_s

    async def first_that_works(self, attempt: Callable[[Line[M]], Awaitable[T]]) -> T:
        """What the first endpoint gives that gives anything.

        Raises:
            ModelUnavailable, ModelOutputError: none did; the error is that of the last one.
        """
        failed: ModelUnavailable | ModelOutputError | None = None
        try:
            async with asyncio.timeout(self._patience_s):
                for line in self.lines:
                    try:
                        return await _with_retries(line, attempt)
                    except (ModelUnavailable, ModelOutputError) as error:
                        failed = error
                        self._log(line, error)
        except TimeoutError as error:
            late = f"no endpoint of the role `{self.role}` answered within {self._patience_s:g} s"
            raise ModelUnavailable(late) from error
        raise failed or ModelUnavailable(f"the role `{self.role}` has no endpoint")

    def status(self) -> str:
        """The endpoints with the state of their breakers, for ``/readyz``."""
        return f"{self.role}: {', '.join(line.status() for line in self.lines)}"

    def _call_of(self, line: Line[M], sent: Sequence[str]) -> RunningCall:
        price = line.endpoint.price
        return RunningCall(self.role, line.name, line.endpoint.model, sent, price.of if price else None)

    def _log(self, line: Line[M], error: Exception) -> None:
        logger.warning(
            "model endpoint failed: %s",
            error,
            extra={"action": "model_failed", "role": self.role, "endpoint": line.name, "breaker": line.breaker.state},
        )


class ModelChain(Chain[EndpointModel]):
    """An ``AnswerModel`` of several endpoints. The next one is asked until a first piece has come; after that, an answer that
    breaks off has broken off, for nobody can tell how another model would have gone on."""

    async def stream(self, messages: Sequence[ChatMessage]) -> AsyncGenerator[str, None]:
        """See ``agent.ports.AnswerModel``."""
        first, stream = await self.first_that_works(lambda line: self._opened(line, messages))
        async with aclosing(stream):
            yield first
            async for piece in stream:
                yield piece

    async def _opened(
        self, line: Line[EndpointModel], messages: Sequence[ChatMessage]
    ) -> tuple[str, AsyncGenerator[str, None]]:
        stream = self._call(line, messages)
        return await anext(stream), stream

    async def _call(self, line: Line[EndpointModel], messages: Sequence[ChatMessage]) -> AsyncGenerator[str, None]:
        async with line.place():
            with self._call_of(line, [message.text for message in messages]) as call:
                async with aclosing(line.model.stream(messages, call.tokens)) as pieces:
                    async for piece in pieces:
                        call.pieces.append(piece)
                        yield piece


class GuardChain(Chain[GuardModel]):
    """A ``GuardModel`` of several endpoints."""

    async def ask(self, text: str, earlier: str) -> GuardVerdict:
        """See ``agent.ports.GuardModel``."""
        return await self.first_that_works(lambda line: self._asked(line, text, earlier))

    async def _asked(self, line: Line[GuardModel], text: str, earlier: str) -> GuardVerdict:
        async with line.place():
            with self._call_of(line, [text, earlier]):
                return await line.model.ask(text, earlier)


class TranscriptionChain(Chain[Transcriber]):
    """A ``Transcriber`` of several endpoints."""

    async def transcribe(self, data: bytes, media_type: str) -> str:
        """See ``agent.ports.Transcriber``."""
        return await self.first_that_works(lambda line: self._asked(line, data, media_type))

    async def _asked(self, line: Line[Transcriber], data: bytes, media_type: str) -> str:
        async with line.place():
            with self._call_of(line, []) as call:
                text = await line.model.transcribe(data, media_type)
                call.pieces.append(text)
                return text


async def _with_retries(line: Line[M], attempt: Callable[[Line[M]], Awaitable[T]]) -> T:
    async for trying in AsyncRetrying(
        stop=stop_after_attempt(1 + line.endpoint.retries),
        wait=_pause,
        retry=retry_if_exception(lambda error: isinstance(error, ModelUnavailable) and error.again),
        reraise=True,
    ):
        with trying:
            return await attempt(line)
    raise ModelUnavailable(f"endpoint `{line.name}` was not asked")


_backing_off: Final = wait_exponential(multiplier=_FIRST_PAUSE_S, max=_LONGEST_PAUSE_S) + wait_random(0, _FIRST_PAUSE_S)


def _pause(state: RetryCallState) -> float:
    """Seconds until the next attempt: what the endpoint asks for, else longer each time."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_s if isinstance(error, ModelUnavailable) else None
    return _backing_off(state) if asked is None else asked
