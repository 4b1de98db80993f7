"""Speech to text over a stub of the endpoint."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from agent.adapters.transcription_model import TranscriptionEndpoint, transcription_model
from agent.endpoints import Endpoint
from agent.errors import ModelOutputError, ModelUnavailable, SettingsError


def endpoint(answer, *, timeout_s: float = 5.0) -> TranscriptionEndpoint:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return TranscriptionEndpoint(client, "http://127.0.0.1:9/v1/", "whisper", timeout_s=timeout_s)


async def test_the_recording_is_sent_as_a_form_and_its_words_come_back():
    seen: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        await request.aread()
        seen.append(request)
        return httpx.Response(200, json={"text": "Hello there."})

    ears = endpoint(answer)
    assert await ears.transcribe(b"RIFFdata", "audio/wav") == "Hello there."
    await ears.close()
    assert seen[0].url.path == "/v1/audio/transcriptions"
    body = seen[0].content
    assert b'name="model"\r\n\r\nwhisper' in body
    assert b'filename="speech.wav"' in body
    assert b"RIFFdata" in body


@pytest.mark.parametrize(("status", "again"), [(503, True), (429, True), (400, False)])
async def test_an_endpoint_that_refuses_is_unavailable(status, again):
    with pytest.raises(ModelUnavailable) as caught:
        await endpoint(lambda _: httpx.Response(status)).transcribe(b"x", "audio/wav")
    assert caught.value.again is again


async def test_one_that_cannot_be_reached_or_is_slow_is_unavailable():
    async def slow(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(30)
        raise AssertionError

    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no")

    for answer in (slow, broken):
        with pytest.raises(ModelUnavailable):
            await endpoint(answer, timeout_s=0.05).transcribe(b"x", "audio/wav")


@pytest.mark.parametrize("answer", [httpx.Response(200, text="hm"), httpx.Response(200, json=["a"])])
async def test_what_is_no_transcript_is_an_error(answer):
    with pytest.raises(ModelOutputError):
        await endpoint(lambda _: answer).transcribe(b"x", "audio/wav")


async def test_it_needs_an_address():
    with pytest.raises(SettingsError, match="base_url"):
        transcription_model(Endpoint(model="w"))
    await transcription_model(Endpoint.model_validate({"model": "w", "base_url": "http://x", "api_key": "k"})).close()
