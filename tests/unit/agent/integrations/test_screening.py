"""Asking a server."""

from __future__ import annotations

import json

import httpx
import pytest

from agent.errors import ScreeningUnavailable
from agent.integrations.screening import HttpScreening
from agent.models import RequestContext, TurnInput
from policies.taxonomy import Action, Hazard
from tests.unit.agent.integrations.fakes import FakeScreening, decision_of

TURN = TurnInput(text="guide", history=("a",), context=RequestContext(role="clinician"))


class Server:
    """Answers with what it is told."""

    def __init__(self, body, status=200):
        self.seen = []
        self._body = body
        self._status = status

    def __call__(self, request):
        self.seen.append((request.url.path, request.headers.get("authorization"), json.loads(request.content)))
        if isinstance(self._body, Exception):
            raise self._body
        return httpx.Response(self._status, json=self._body)


def asking(body, status=200):
    server = Server(body, status)
    return HttpScreening("http://h:1/", "hr_key", transport=httpx.MockTransport(server)), server


async def test_a_decision_is_asked_for_with_who_asks_and_a_newer_field_is_passed_over():
    decision = decision_of("guide")
    screening, server = asking({**decision.model_dump(mode="json"), "newer": 1})
    async with screening:
        assert await screening.decide(TURN) == decision
    sent = {"input": "guide", "history": ["a"], "context": {"role": "clinician"}}
    assert server.seen == [("/v1/decisions", "Bearer hr_key", sent)]


async def test_guidance_and_outputs_are_read():
    guidance = await FakeScreening().guidance(TURN)
    screening, server = asking(guidance.model_dump(mode="json"))
    assert await screening.guidance(TURN) == guidance
    output = await FakeScreening().check("a secret", None)
    screening, server = asking(output.model_dump(mode="json"))
    assert await screening.check("a secret", None, ["no_code"]) == output
    assert server.seen[0][2] == {"output": "a secret", "limits": ["no_code"]}


async def test_moderations_are_read_by_their_own_names():
    screening, _ = asking(
        {"results": [{"flagged": True, "handrail": {"action": "refuse", "hazards": {"prompt_attack": 0.9}}}]}
    )
    (found,) = await screening.moderate(["x"])
    assert (found.flagged, found.action, found.hazards) == (True, Action.REFUSE, {Hazard.PROMPT_ATTACK: 0.9})


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"detail": "`key:x` lacks the scope"}, 403, "HTTP 403: `key:x` lacks the scope"),
        ({}, 503, "HTTP 503"),
        ([], 200, "HTTP 200"),
        ({"action": "answer"}, 200, "no DecisionView"),
        (httpx.ConnectError("refused"), 200, "cannot be asked: ConnectError"),
        (httpx.ReadTimeout("slow"), 200, "cannot be asked: ReadTimeout"),
    ],
)
async def test_whatever_goes_wrong_is_one_error(body, status, problem):
    screening, _ = asking(body, status)
    with pytest.raises(ScreeningUnavailable, match=problem):
        await screening.decide(TURN)


async def test_moderations_of_another_shape_are_an_error():
    screening, _ = asking({"results": [{"flagged": False}]})
    with pytest.raises(ScreeningUnavailable, match="something else"):
        await screening.moderate(["x"])
