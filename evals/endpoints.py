"""Targets over HTTP: a running Handrail, and any OpenAI-compatible endpoint, such as a bare model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from agent.models import TurnResult
from evals.chat_client import ChatClient, JsonClient
from evals.errors import ReplyError
from evals.outcomes import Outcome, failed, judge, judge_text
from evals.refusals import is_refusal
from evals.scenario import Scenario
from policies.taxonomy import Action


class ServerTarget:
    """A running Handrail, over ``/v1/turns``."""

    def __init__(self, client: JsonClient) -> None:
        self._client = client

    async def outcome_of(self, scenario: Scenario) -> Outcome:
        """See ``evals.drive.Target``."""
        context = {"role": scenario.role} | ({"locale": scenario.locale} if scenario.locale else {})
        thread_id: str | None = None
        try:
            for text in scenario.turns:
                body = await self._client.post("/v1/turns", {"input": text, "thread_id": thread_id, "context": context})
                result = TurnResult.model_validate(body)
                thread_id = result.thread_id
        except ReplyError as error:
            return failed(scenario, str(error))
        except ValidationError as error:
            return failed(
                scenario, f"not a turn result: {error.errors()[0]['loc']}: {error.errors()[0]['msg'].lower()}"
            )
        return judge(scenario, result)


class ChatTarget:
    """An OpenAI-compatible endpoint. What its reply does is told from its words: it refuses or it answers.

    An endpoint that says itself what it decided (Handrail's own does, in ``handrail.action``) is believed.
    """

    def __init__(self, client: ChatClient) -> None:
        self._client = client

    async def outcome_of(self, scenario: Scenario) -> Outcome:
        """See ``evals.drive.Target``."""
        messages: list[dict[str, str]] = []
        try:
            for text in scenario.turns:
                messages.append({"role": "user", "content": text})
                completion = await self._client.complete(messages)
                reply: str = completion["choices"][0]["message"]["content"]
                messages.append({"role": "assistant", "content": reply})
        except ReplyError as error:
            return failed(scenario, str(error))
        return judge_text(scenario, reply, action_of(completion, reply))


def action_of(completion: Mapping[str, Any], reply: str) -> Action:
    """What the endpoint did: as it says itself, else as its words read."""
    decided = completion.get("handrail")
    said = decided.get("action") if isinstance(decided, dict) else None
    if said in set(Action):
        return Action(said)
    declined = completion["choices"][0].get("finish_reason") == "content_filter"
    return Action.REFUSE if declined or is_refusal(reply) else Action.ANSWER
