"""A guard model behind an OpenAI-compatible endpoint, and a scripted twin for tests."""

from __future__ import annotations

from typing import Any

import httpx

from agent.adapters.guard_formats import Format, format_of
from agent.adapters.model_http import client_of, post
from agent.endpoints import Endpoint
from agent.errors import ModelOutputError, SettingsError
from agent.ports import GuardVerdict


class GuardEndpoint:
    """Asks ``POST <url>/chat/completions``. One attempt, bounded in time as a whole."""

    def __init__(self, client: httpx.AsyncClient, url: str, name: str, talk: Format, *, timeout_s: float) -> None:
        self.name = name
        self._client = client
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._talk = talk
        self._timeout_s = timeout_s

    async def ask(self, text: str, earlier: str) -> GuardVerdict:
        """See ``agent.ports.GuardModel``."""
        asked = f"{earlier}\n{text}" if earlier else text
        body = {"model": self.name, "stream": False, **self._talk.body(asked)}
        what = f"guard model `{self.name}`"
        response = await post(self._client, self._url, what, timeout_s=self._timeout_s, json=body)
        verdict = self._talk.parse(self._answer(response))
        if verdict is None:
            raise ModelOutputError(f"guard model `{self.name}` gave an answer that is not of its format")
        return verdict

    async def close(self) -> None:
        """The connections are closed."""
        await self._client.aclose()

    def _answer(self, response: httpx.Response) -> str:
        try:
            body: Any = response.json()
            answer = body["choices"][0]["message"]["content"]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise ModelOutputError(f"guard model `{self.name}` sent something that is no chat completion") from error
        return answer if isinstance(answer, str) else ""


class ScriptedGuard:
    """Gives the verdict of the first key that the text contains, and "safe" otherwise; an exception is raised."""

    name = "scripted"

    def __init__(self, table: dict[str, GuardVerdict | Exception] | None = None) -> None:
        self._table = {} if table is None else table
        self.asked: list[tuple[str, str]] = []
        """Text and earlier conversation of every question."""

    async def ask(self, text: str, earlier: str) -> GuardVerdict:
        """See ``agent.ports.GuardModel``."""
        self.asked.append((text, earlier))
        said = next((said for key, said in self._table.items() if key in f"{earlier}\n{text}"), GuardVerdict(False))
        if isinstance(said, Exception):
            raise said
        return said


def guard_model(endpoint: Endpoint) -> GuardEndpoint:
    """The guard model of this endpoint, not yet asked anything.

    Raises:
        SettingsError: the endpoint lacks its address or its format.
    """
    if endpoint.base_url is None or endpoint.format is None:
        raise SettingsError(f"the guard `{endpoint.model}` needs a `base_url` and a `format`")
    talk = format_of(endpoint.format)
    return GuardEndpoint(client_of(endpoint), endpoint.base_url, endpoint.model, talk, timeout_s=endpoint.timeout_s)
