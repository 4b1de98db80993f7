"""What the model is told of the earlier conversation: the latest messages whole, and extracts of those before, within a budget
of tokens. Nothing is taken out of the thread itself, nor out of the record.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from agent.grounding import content_terms, overlap, split_sentences
from agent.ports import ChatMessage
from agent.prompts import Fence

EXTRACTS: Final = 0.25
"""Share of the budget that extracts may take where not everything fits."""
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_LETTERS_A_TOKEN: Final = 3
_HEADING: Final = "Extracts of what was said before, oldest first:"


def tokens(text: str) -> int:
    """An estimate from above: a token for each Chinese character, and one for every three characters of other scripts."""
    han = len(_HAN.findall(text))
    return han + -(-(len(text) - han) // _LETTERS_A_TOKEN)


def recalled(messages: Sequence[AnyMessage], question: str, budget: int, fence: Fence) -> list[ChatMessage]:
    """The earlier messages for the model, oldest first, in at most ``budget`` tokens by estimate; the person's are in
    the fence.

    Where not all fit, the latest stay whole and one message gives sentences of the others: those that share most with
    ``question``, later ones before earlier ones.
    """
    spoken = [message for message in messages if isinstance(message, HumanMessage | AIMessage)]
    whole = _fitting(spoken, budget, fence)
    if len(whole) == len(spoken):
        return whole
    whole = _fitting(spoken, round((1 - EXTRACTS) * budget), fence)
    older = spoken[: len(spoken) - len(whole)]
    extracts = _extracts(older, question, round(EXTRACTS * budget) - tokens(_HEADING))
    return [ChatMessage("user", fence.around("\n".join([_HEADING, *extracts]))), *whole] if extracts else whole


def _said(message: HumanMessage | AIMessage) -> str:
    """The words of the message, and the text of the files that came with it."""
    return "\n\n".join([message.text, *message.additional_kwargs.get("attachments", ())])


def _fitting(spoken: Sequence[HumanMessage | AIMessage], budget: int, fence: Fence) -> list[ChatMessage]:
    """The latest messages that fit together."""
    found: list[ChatMessage] = []
    for message in reversed(spoken):
        budget -= tokens(_said(message))
        if budget < 0:
            break
        asked = isinstance(message, HumanMessage)
        found.append(
            ChatMessage("user", fence.around(_said(message))) if asked else ChatMessage("assistant", message.text)
        )
    return found[::-1]


class _Extract(NamedTuple):
    place: tuple[int, int]
    """Messages before the latest of them, negative, and the place in the message."""
    text: str
    value: float


def _extracts(older: Sequence[HumanMessage | AIMessage], question: str, budget: int) -> list[str]:
    """Sentences of these messages, each with who said it, in their order."""
    terms = content_terms(question)
    found: list[_Extract] = []
    for age, message in enumerate(reversed(older)):
        who = "Person" if isinstance(message, HumanMessage) else "Assistant"
        for line, sentence in enumerate(split_sentences(_said(message))):
            value = overlap(content_terms(sentence), terms) - 0.05 * age + (0.1 if who == "Person" else 0.0)
            found.append(_Extract((-age, line), f"{who}: {sentence}", value))
    kept: list[_Extract] = []
    for extract in sorted(found, key=lambda one: -one.value):
        cost = tokens(extract.text)
        if cost <= budget:
            kept.append(extract)
            budget -= cost
    return [extract.text for extract in sorted(kept, key=lambda one: one.place)]
