"""Speech to text behind an OpenAI-compatible endpoint."""

from __future__ import annotations

from typing import Any

import httpx

from agent.adapters.model_http import client_of, post
from agent.attachments.media import ending_of
from agent.endpoints import Endpoint
from agent.errors import ModelOutputError, SettingsError


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
        what, sent = f"transcription model `{self.name}`", {"file": file}
        response = await post(self._client, self._url, what, timeout_s=self._timeout_s, data=asked, files=sent)
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
    return TranscriptionEndpoint(client_of(endpoint), endpoint.base_url, endpoint.model, timeout_s=endpoint.timeout_s)
