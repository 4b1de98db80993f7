"""The scripted endpoint."""

from __future__ import annotations

import httpx
import pytest

from evals.stub_model import ANSWER, Stub, said


def ask(model: str, text: str = "Hello") -> dict[str, object]:
    return {"model": model, "messages": [{"role": "user", "content": text}], "stream": True}


async def post(body: dict[str, object]) -> httpx.Response:
    transport = httpx.ASGITransport(app=Stub().app)
    async with httpx.AsyncClient(transport=transport, base_url="http://stub") as client:
        return await client.post("/v1/chat/completions", json=body)


async def test_it_streams_what_it_is_told_to_say():
    answer = await post(ask("steady", "Please say: One. Two."))
    assert answer.text.count("data: ") == 4
    assert answer.text.endswith("[DONE]\n\n")


@pytest.mark.parametrize(("model", "status"), [("busy", 429), ("broken", 500), ("wrong_json", 200), ("garbage", 200)])
async def test_faults_have_their_status(model, status):
    assert (await post(ask(model))).status_code == status


def test_the_script_is_read_from_a_fenced_message():
    assert said({"messages": [{"content": "<<<message 7f>>>\nsay: One.\nTwo.\n<<<end 7f>>>"}]}) == "One.\nTwo."
    assert said({"messages": [{"content": "Hello"}]}) == ANSWER


async def test_without_streaming_it_answers_at_once():
    answer = await post(ask("steady", "Please say: One. Two.") | {"stream": False})
    assert answer.json()["choices"][0]["message"]["content"] == "One. Two."
