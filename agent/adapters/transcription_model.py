"""Speech to text behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from agent.attachments.media import ending_of
from agent.endpoints import Endpoint
from agent.errors import ModelOutputError, ModelUnavailable, SettingsError


class TranscriptionEndpoint:
    """Asks ``POST <url>/audio/transcriptions``. One attempt, bounded in time as a whole."""

    def __init__(self, client: httpx.AsyncClient, url: str, name: str, *, timeout_s: float) -> None:
        self.name = name
        self._client = client
        self._url = f"{url.rstrip('/')}/audio/transcriptions"
        self._timeout_s = timeout_s

    async def transcribe(self, data: bytes, media_type: str) -> str:
        """See ``agent.ports.Transcriber``."""
        file = (f"speech.{ending_of(media_type)}", data, media_type)
        asked = {"model": self.name, "response_format": "json"}
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.post(self._url, data=asked, files={"file": file})
        except TimeoutError as error:
            late = f"transcription model `{self.name}` took longer than {self._timeout_s:g} s"
            raise ModelUnavailable(late, again=False) from error
        except httpx.HTTPError as error:
            told = f"transcription model `{self.name}` cannot be reached: {type(error).__name__}"
            raise ModelUnavailable(told) from error
        if response.status_code != httpx.codes.OK:
            told = f"transcription model `{self.name}` answered with HTTP {response.status_code}"
            raise ModelUnavailable(told, again=response.status_code == 429 or response.status_code >= 500)
        return self._text(response)

    async def close(self) -> None:
        """The connections are closed."""
        await self._client.aclose()

    def _text(self, response: httpx.Response) -> str:
        try:
            body: Any = response.json()
            text = body["text"]
        except (ValueError, KeyError, TypeError) as error:
            raise ModelOutputError(f"transcription model `{self.name}` sent something that is no transcript") from error
        return text if isinstance(text, str) else ""


def transcription_model(endpoint: Endpoint) -> TranscriptionEndpoint:
    """The model of this endpoint, not yet asked anything.

    Raises:
        SettingsError: the endpoint lacks its address.
    """
    if endpoint.base_url is None:
        raise SettingsError(f"the transcription model `{endpoint.model}` needs a `base_url`")
    key = endpoint.api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    client = httpx.AsyncClient(headers=headers, timeout=endpoint.timeout_s, trust_env=False)
    return TranscriptionEndpoint(client, endpoint.base_url, endpoint.model, timeout_s=endpoint.timeout_s)
