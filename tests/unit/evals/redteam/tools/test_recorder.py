"""The endpoint between a tool and the target."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from evals.chat_client import ChatClient, JsonClient
from evals.errors import TargetDown
from evals.redteam.tools.recorder import Exchange, Recorder, key_of
from policies.taxonomy import Action

TALK: list[dict[str, Any]] = [
    {"role": "system", "content": "s"},
    {"role": "user", "content": "one"},
    {"role": "assistant", "content": "a"},
    {"role": "user", "content": [{"type": "text", "text": "two"}, {"type": "image_url", "image_url": {}}]},
]


def chat(status: int = 200, **fields: Any) -> ChatClient:
    message = {"role": "assistant", "content": "Sure, here it is."}
    body = {"choices": [{"message": message, "finish_reason": "stop"}], **fields}
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=body))
    return ChatClient(JsonClient("http://there/v1", transport=transport), "m")


async def post(url: str, body: Any) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.post(f"{url}/chat/completions", json=body)


async def test_a_reply_is_handed_on_and_its_decision_kept():
    said: list[int] = []
    decision = {"action": "guide", "domain": "medical", "risk": {"language": "es"}}
    recorder = Recorder(chat(handrail=decision), progress=said.append)
    async with recorder.listening() as url:
        reply = await post(url, {"model": "any", "messages": TALK, "n": 1, "stop": ["#"]})
    assert reply.json()["handrail"] == decision
    assert recorder.exchanges == {("one", "two"): Exchange(Action.GUIDE, "es", "medical")}
    assert said == [1]


async def test_a_target_that_tells_no_decision_is_judged_by_its_words():
    recorder = Recorder(chat())
    async with recorder.listening() as url:
        await post(url, {"messages": TALK})
    assert recorder.exchanges[key_of([{"role": "user", "content": t} for t in ("one", "two")])].action is Action.ANSWER


@pytest.mark.parametrize("body", [{}, [], {"messages": [{"role": "user"}]}])
async def test_a_request_that_is_none_is_refused(body):
    recorder = Recorder(chat())
    async with recorder.listening() as url:
        assert (await post(url, body)).status_code == 400
    assert recorder.exchanges == {}


async def test_a_reply_that_cannot_be_used_is_told_to_the_tool():
    recorder = Recorder(chat(500))
    async with recorder.listening() as url:
        assert (await post(url, {"messages": TALK})).status_code == 400
    assert (recorder.asked, recorder.exchanges) == (1, {})


async def test_a_target_that_is_gone_ends_the_run():
    recorder = Recorder(chat(401))
    async with recorder.listening() as url:
        assert (await post(url, {"messages": TALK})).status_code == 503
        with pytest.raises(TargetDown, match="answers 401"):
            await recorder.gone
