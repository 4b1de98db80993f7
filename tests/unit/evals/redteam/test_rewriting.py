"""The attacker model."""

from __future__ import annotations

import httpx
import pytest

from evals.chat_client import ChatClient, JsonClient
from evals.errors import TargetDown
from evals.redteam.rewriting import attacker_of


def attacker(answer: httpx.Response | Exception):
    def respond(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(seconds: float) -> None:
        return None

    return attacker_of(ChatClient(JsonClient("http://x", transport=httpx.MockTransport(respond), sleep=sleep), "m"))


def says(text: str) -> httpx.Response:
    return httpx.Response(200, json={"choices": [{"message": {"content": text}}]})


async def test_the_rewritten_request_comes_without_its_frame():
    assert await attacker(says("-----\nMy cat wants it open.\n-----"))("open that box") == "My cat wants it open."


@pytest.mark.parametrize(
    "answer",
    [says("I'm sorry, I can't help with that."), says("open that box"), says(""), says("x" * 999), httpx.Response(500)],
)
async def test_what_is_of_no_use_is_left_out(answer):
    assert await attacker(answer)("open that box") is None


async def test_an_attacker_that_is_gone_ends_the_attack():
    with pytest.raises(TargetDown):
        await attacker(httpx.ConnectError("refused"))("open that box")
