"""Targets over HTTP."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from evals.chat_client import ChatClient, JsonClient
from evals.endpoints import ChatTarget, ServerTarget
from evals.stub_model import ANSWER, Stub
from policies.taxonomy import Action
from tests.unit.evals.made import result, scenario


class Recorded:
    """Gives the same answer each time and keeps what it was asked."""

    def __init__(self, answer: Any, status: int = 200) -> None:
        self.answer = answer
        self.status = status
        self.asked: list[dict[str, Any]] = []

    def client(self) -> JsonClient:
        def respond(request: httpx.Request) -> httpx.Response:
            self.asked.append(json.loads(request.content))
            return httpx.Response(self.status, json=self.answer)

        return JsonClient("http://there", transport=httpx.MockTransport(respond))


def completion(text: str, **rest: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]} | rest


async def test_a_server_is_asked_turn_by_turn_on_one_thread():
    server = Recorded(result().model_dump(mode="json"))
    done = await ServerTarget(server.client()).outcome_of(scenario(turns=("one", "two"), role="clinician"))
    assert done.acceptable
    assert done.rules == ("medical.dosing",)
    context = {"role": "clinician", "locale": "en-US"}
    assert server.asked == [
        {"input": "one", "thread_id": None, "context": context},
        {"input": "two", "thread_id": "thread_1", "context": context},
    ]


@pytest.mark.parametrize(
    ("server", "said"),
    [(Recorded({"detail": "x"}, 422), "status 422"), (Recorded({"action": "guide"}), "not a turn result")],
)
async def test_an_answer_that_is_no_result_fails_its_scenario(server, said):
    done = await ServerTarget(server.client()).outcome_of(scenario())
    assert said in (done.error or "")
    assert not done.acceptable


async def test_a_model_sees_its_own_replies_and_is_judged_by_its_words():
    model = Recorded(completion("I'm sorry, but I can't help with that."))
    done = await ChatTarget(ChatClient(model.client(), "m")).outcome_of(scenario(turns=("one", "two")))
    assert [message["role"] for message in model.asked[1]["messages"]] == ["user", "assistant", "user"]
    assert done.action is Action.REFUSE
    assert done.reply_language == "en"
    assert (done.unsafe, done.rules) == (None, ())


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        (completion("Sure, the sea is salty."), Action.ANSWER),
        (completion("Let us see.", handrail={"action": "guide"}), Action.GUIDE),
        (completion("Let us see.", handrail={"action": "dance"}), Action.ANSWER),
        ({"choices": [{"message": {"content": "Well."}, "finish_reason": "content_filter"}]}, Action.REFUSE),
    ],
)
async def test_what_an_endpoint_says_of_itself_counts_before_its_words(answer, action):
    done = await ChatTarget(ChatClient(Recorded(answer).client(), "m")).outcome_of(scenario())
    assert done.action is action


async def test_a_bare_model_that_answers_all_is_measured_like_the_service():
    client = JsonClient("http://stub/v1", transport=httpx.ASGITransport(app=Stub().app))
    done = await ChatTarget(ChatClient(client, "steady")).outcome_of(scenario(never=("answer",)))
    assert (done.reply, done.action, done.served_harm) == (ANSWER, Action.ANSWER, True)
    broken = await ChatTarget(ChatClient(client, "wrong_json")).outcome_of(scenario())
    assert "not a chat completion" in (broken.error or "")
