"""HTTP for evaluations: one JSON request after the other to an endpoint that may be busy, broken or gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import httpx

from evals.errors import ReplyError, TargetDown

WAITS: Final = (0.5, 2.0, 5.0)
"""Seconds before each further try, where the endpoint is busy or cannot be reached."""
LONGEST_WAIT: Final = 90.0
"""Seconds that an endpoint may ask for before the next try."""
MOST_TIMEOUTS: Final = 3
"""So many requests in a row without an answer in time, and the endpoint counts as gone."""
_BUSY: Final = (429, 502, 503, 504)
_CLOSED: Final = (401, 403, 404)
_SHOWN: Final = 200
SEED: Final = 7

Message = Mapping[str, str]
Sleep = Callable[[float], Awaitable[None]]


class JsonClient:
    """Posts JSON below a base URL."""

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        timeout_s: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.AsyncClient(headers=headers, timeout=timeout_s, transport=transport)
        self._sleep = sleep
        self._timeouts = 0

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON of the answer.

        Raises:
            ReplyError: this request has no usable answer; others may.
            TargetDown: the endpoint cannot be reached, lets nobody in, or has not answered several times.
        """
        url = f"{self.base_url}{path}"
        for wait in (*WAITS, None):
            try:
                answer = await self._client.post(url, json=body)
            except httpx.TimeoutException as error:
                self._timeouts += 1
                if self._timeouts >= MOST_TIMEOUTS:
                    raise TargetDown(f"`{url}` gave no answer in time, {self._timeouts} times in a row") from error
                raise ReplyError("no answer in time") from error
            except httpx.TransportError as error:
                if wait is None:
                    raise TargetDown(f"`{url}` cannot be reached: {error or type(error).__name__}") from error
            else:
                self._timeouts = 0
                if answer.status_code not in _BUSY or wait is None:
                    return _json(url, answer)
                wait = max(wait, _asked_to_wait(answer))
            await self._sleep(wait)
        raise AssertionError("the last try returns or raises")


class ChatClient:
    """A model behind an OpenAI-compatible endpoint, asked as repeatably as it allows."""

    def __init__(self, client: JsonClient, model: str, *, max_tokens: int = 700) -> None:
        self._client = client
        self._model = model
        self._max_tokens = max_tokens

    async def complete(self, messages: Sequence[Message]) -> dict[str, Any]:
        """The completion as it came, with a text at ``choices[0].message.content``.

        Raises:
            ReplyError: the answer is no completion.
            TargetDown: see ``JsonClient.post``.
        """
        asked = {
            "model": self._model,
            "messages": list(messages),
            "temperature": 0,
            "seed": SEED,
            "max_tokens": self._max_tokens,
        }
        body = await self._client.post("/chat/completions", asked)
        try:
            message = body["choices"][0]["message"]
            message["content"] = str(message.get("content") or message.get("refusal") or "")
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise ReplyError(f"not a chat completion: `{str(body)[:_SHOWN]}`") from error
        completion: dict[str, Any] = body
        return completion

    async def say(self, *messages: Message) -> str:
        """The text of the completion. Raises like ``complete``."""
        text: str = (await self.complete(messages))["choices"][0]["message"]["content"]
        return text


def _asked_to_wait(answer: httpx.Response) -> float:
    """Seconds that the endpoint asks for, at most ``LONGEST_WAIT``."""
    said = answer.headers.get("retry-after", "")
    return min(float(said), LONGEST_WAIT) if said.isdecimal() else 0.0


def _json(url: str, answer: httpx.Response) -> Any:
    if answer.status_code in _CLOSED:
        raise TargetDown(
            f"`{url}` answers {answer.status_code}: {answer.text[:_SHOWN]}; check the address, and name the environment "
            "variable that has the key with --api-key-env"
        )
    if not answer.is_success:
        raise ReplyError(f"status {answer.status_code}: {answer.text[:_SHOWN]}")
    try:
        return answer.json()
    except ValueError as error:
        raise ReplyError(f"not JSON: `{answer.text[:_SHOWN]}`") from error
