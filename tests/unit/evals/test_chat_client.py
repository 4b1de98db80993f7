"""Endpoints that are busy, broken or gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from evals.chat_client import WAITS, ChatClient, JsonClient
from evals.errors import ReplyError, TargetDown


def client(answer: Callable[[httpx.Request], httpx.Response], waited: list[float] | None = None) -> JsonClient:
    async def sleep(seconds: float) -> None:
        if waited is not None:
            waited.append(seconds)

    return JsonClient("http://there/v1/", api_key="k", transport=httpx.MockTransport(answer), sleep=sleep)


def completion(**message: Any) -> httpx.Response:
    return httpx.Response(200, json={"choices": [{"message": message}]})


async def test_the_key_and_a_repeatable_request_are_sent():
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return completion(content="hello")

    assert await ChatClient(client(answer), "m").say({"role": "user", "content": "hi"}) == "hello"
    assert str(seen[0].url) == "http://there/v1/chat/completions"
    assert seen[0].headers["authorization"] == "Bearer k"
    body = json.loads(seen[0].content)
    assert (body["model"], body["temperature"], body["seed"]) == ("m", 0, 7)


async def test_a_busy_endpoint_is_asked_again_after_a_while():
    answers = [httpx.Response(429, headers={"retry-after": "7"}), httpx.Response(503), httpx.Response(200, json=1)]
    waited: list[float] = []
    assert await client(lambda request: answers.pop(0), waited).post("", {}) == 1
    assert waited == [7.0, WAITS[1]]


async def test_an_endpoint_that_cannot_be_reached_is_down():
    waited: list[float] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    with pytest.raises(TargetDown, match="`http://there/v1/turns` cannot be reached: connection refused"):
        await client(refuse, waited).post("/turns", {})
    assert waited == list(WAITS)


async def test_silence_spoils_one_answer_and_then_the_endpoint_is_down():
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("")

    endpoint = client(silent)
    for _ in range(2):
        with pytest.raises(ReplyError, match="no answer in time"):
            await endpoint.post("", {})
    with pytest.raises(TargetDown, match="3 times in a row"):
        await endpoint.post("", {})


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_closed_door_ends_the_run_with_advice(status):
    with pytest.raises(TargetDown, match=rf"answers {status}: no.*--api-key-env"):
        await client(lambda request: httpx.Response(status, text="no")).post("", {})


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(500, text="oops"), "status 500: oops"),
        (httpx.Response(200, text="<html>"), "not JSON: `<html>`"),
        (httpx.Response(200, json={"choices": "none"}), "not a chat completion"),
        (httpx.Response(200, json=[]), "not a chat completion"),
        (httpx.Response(200, json={"choices": [{"message": "text"}]}), "not a chat completion"),
    ],
)
async def test_an_answer_of_no_use_spoils_that_answer_only(answer, said):
    with pytest.raises(ReplyError, match=said):
        await ChatClient(client(lambda request: answer), "m").say()


async def test_a_refusal_field_counts_as_text():
    assert await ChatClient(client(lambda request: completion(content=None, refusal="I can't")), "m").say() == "I can't"
