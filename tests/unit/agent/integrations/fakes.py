"""A Handrail that decides by words in the text, and a chat model that says what it is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from pydantic import Field

from agent.models import MessageHeld, RationaleView, RiskView, TurnInput
from agent.screening import DecisionView, GuidanceView, Moderated, OutputView
from policies.taxonomy import Action, Domain, Facet, Hazard

WORDS = {"decline": Action.REFUSE, "guide": Action.GUIDE, "danger": Action.ESCALATE, "care": Action.ANSWER_WITH_CARE}


def action_of(text: str) -> Action:
    return next((action for word, action in WORDS.items() if word in text), Action.ANSWER)


def decision_of(text: str, obligations: tuple[str, ...] = ()) -> DecisionView:
    """The decision on this text."""
    return DecisionView(
        decision_id="turn_1",
        action=action_of(text),
        domain=Domain.GENERAL,
        facet=Facet.EVERYDAY,
        risk=RiskView(language="en", unsafe=0.1, hazards=(), prompt_attack=0.0, uncertainty=0.1, signals=()),
        rationale=RationaleView(
            code="served",
            title="Title",
            declined=None,
            reason="Because.",
            how_to_proceed="Do this instead.",
            rule_ids=("r",),
            policy_version="1",
            appeal="Ask us.",
            language="en",
        ),
        obligations=obligations,
        language="en",
    )


class FakeScreening:
    """Decides by ``WORDS``, holds outputs from "secret" on, and takes "ignore" for an attack."""

    def __init__(self, *obligations: str) -> None:
        self._obligations = obligations
        self.decided: list[TurnInput] = []
        self.checked: list[tuple[str, TurnInput | None]] = []
        self.moderated: list[str] = []

    async def decide(self, request: TurnInput) -> DecisionView:
        self.decided.append(request)
        return decision_of(request.text, self._obligations)

    async def guidance(self, request: TurnInput) -> GuidanceView:
        return GuidanceView(
            decision=decision_of(request.text),
            alternative=None,
            citations=(),
            text="Guidance. [1]",
            corpus_release=None,
        )

    async def check(self, text: str, request: TurnInput | None, limits: Sequence[str] = ()) -> OutputView:
        self.checked.append((text, request))
        before, found, _ = text.partition("secret")
        held = MessageHeld(checks=("secrets",), at=len(before), outcome="stopped", reason="I stop here.")
        return OutputView(passed=not found, text=before.rstrip(), held=(held,) if found else ())

    async def moderate(self, texts: Sequence[str]) -> list[Moderated]:
        self.moderated += texts
        return [
            Moderated(
                action_of(text).declines, {Hazard.PROMPT_ATTACK: 0.9 if "ignore" in text else 0.1}, action_of(text)
            )
            for text in texts
        ]


class SaidModel(FakeMessagesListChatModel):
    """Says its messages in turn and keeps what it was sent; takes tools without reading them."""

    seen: list[list[BaseMessage]] = Field(default_factory=list)

    def bind_tools(self, tools: Any, **kwargs: Any) -> SaidModel:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        self.seen.append(list(messages))
        return super()._generate(messages, *args, **kwargs)
