"""What the OpenAI-compatible endpoint gives: results and events of a turn in OpenAI's shapes."""

from __future__ import annotations

import re
import time
from typing import Any, Final, NamedTuple

from agent.models import Citation, MessageHeld, Notice, TurnInput, TurnResult
from agent.usage import estimated_tokens
from api.openai_schemas import MODEL

_MARK: Final = re.compile(r"\[(\d{1,3})\]")


class Completion(NamedTuple):
    """What all parts of one reply share."""

    turn_id: str
    created: int
    turn: TurnInput
    notices: tuple[Notice, ...]

    @property
    def id(self) -> str:
        """The id of the completion, from which the turn can be found."""
        return "chatcmpl-" + self.turn_id.removeprefix("turn_")


def started(turn_id: str, turn: TurnInput, notices: tuple[Notice, ...]) -> Completion:
    """A completion that starts now."""
    return Completion(turn_id, int(time.time()), turn, notices)


def completion_body(of: Completion, result: TurnResult) -> dict[str, Any]:
    """The result as a ``chat.completion``."""
    message = {
        "role": "assistant",
        "content": result.text,
        "refusal": None,
        "annotations": url_citations(result),
    }
    return {
        "id": of.id,
        "object": "chat.completion",
        "created": of.created,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason(result)}],
        "usage": usage(of.turn, result),
        "handrail": decision(of, result),
    }


def chunk_body(
    of: Completion, delta: dict[str, Any], result: TurnResult | None = None, *, with_usage: bool = False
) -> dict[str, Any]:
    """A ``chat.completion.chunk``; the one with the result is the last that has a choice."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason(result) if result else None}
    body = _chunk(of, [choice])
    if result is not None:
        body["handrail"] = decision(of, result)
    return body | ({"usage": None} if with_usage else {})


def held_chunk_body(of: Completion, held: MessageHeld, *, with_usage: bool = False) -> dict[str, Any]:
    """A chunk that adds no text and says what was kept back, where and why."""
    return chunk_body(of, {}, with_usage=with_usage) | {"handrail": {"held": held.model_dump(mode="json")}}


def usage_chunk_body(of: Completion, result: TurnResult) -> dict[str, Any]:
    """The chunk with the usage, which has no choice."""
    return _chunk(of, []) | {"usage": usage(of.turn, result)}


def finish_reason(result: TurnResult) -> str:
    """``content_filter`` when the specific request was not served as asked, or a check kept a part of the reply back;
    ``length`` when the reply was cut off because it became too long."""
    if result.action.declines:
        return "content_filter"
    if set(result.held) - {"length", "time", "language"}:
        return "content_filter"
    return "length" if {"length", "time"} & set(result.held) else "stop"


def decision(of: Completion, result: TurnResult) -> dict[str, Any]:
    """The whole result but the text, which is the message."""
    body = result.model_dump(mode="json", exclude={"text"})
    body["notices"] += [notice.model_dump() for notice in of.notices]
    return body


def url_citations(result: TurnResult) -> list[dict[str, Any]]:
    """A ``url_citation`` for every mark ``[n]`` in the text; indices count characters of the text."""
    by_number = {citation.n: citation for citation in result.citations}
    found: list[dict[str, Any]] = []
    for mark in _MARK.finditer(result.text):
        citation = by_number.get(int(mark[1]))
        if citation is not None:
            located = {
                "start_index": mark.start(),
                "end_index": mark.end(),
                "url": citation.url,
                "title": f"{_named(citation)} ({citation.publisher})",
            }
            found.append({"type": "url_citation", "url_citation": located})
    return found


def _named(citation: Citation) -> str:
    return f"{citation.title}: {citation.heading}" if citation.heading else citation.title


def usage(turn: TurnInput, result: TurnResult) -> dict[str, int]:
    """Tokens, for clients that add them up: what the models of the turn used, else an estimate from the texts."""
    used = result.usage
    prompt = used.input_tokens if used else estimated_tokens((*turn.instructions, *turn.history, turn.text))
    completion = used.output_tokens if used else estimated_tokens((result.text,))
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _chunk(of: Completion, choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": of.id, "object": "chat.completion.chunk", "created": of.created, "model": MODEL, "choices": choices}
