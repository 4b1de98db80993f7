"""Calls to models: tokens, cost and time of each, gathered for the turn in which it is made."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Literal

from agent.errors import ModelOutputError, ModelUnavailable
from agent.models import Frozen, ModelUsage

_WIDE: Final = re.compile(r"[\u0600-\u06ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CHARS_PER_TOKEN: Final = 4


Outcome = Literal["answered", "failed", "left"]
"""``left``: the answer was not read to its end, because nobody wanted more of it."""


class ModelCall(Frozen):
    """One attempt to call one endpoint."""

    role: str
    endpoint: str
    model: str
    outcome: Outcome
    detail: str | None = None
    """Why it failed."""
    input_tokens: int = 0
    output_tokens: int = 0
    reported: bool = False
    """False when the endpoint told no numbers, so that the tokens are estimated from the texts."""
    cost: float | None = None
    """In the currency of the prices; ``None`` where none are set."""
    ms: float


@dataclass
class Tokens:
    """What an endpoint reports while it answers; ``None`` until then."""

    input: int | None = None
    output: int | None = None

    def report(self, input_tokens: int, output_tokens: int) -> None:
        """The endpoint has told more of its numbers; they add up."""
        self.input = (self.input or 0) + input_tokens
        self.output = (self.output or 0) + output_tokens


class RunningCall:
    """A call while it goes on, and how it ended. Whoever gathers calls sees it from its beginning: a turn that is cancelled is
    recorded without waiting until its last connection is closed."""

    def __init__(
        self, role: str, endpoint: str, model: str, sent: Sequence[str], price: Callable[[int, int], float] | None
    ) -> None:
        self._role, self._endpoint, self._model = role, endpoint, model
        self._sent = sent
        self._price = price
        self._started = time.perf_counter()
        self._ended: float | None = None
        self._outcome: Outcome = "left"
        self._detail: str | None = None
        self.tokens = Tokens()
        self.pieces: list[str] = []
        """What the endpoint has written so far."""

    def __enter__(self) -> RunningCall:
        calls = _CALLS.get()
        if calls is not None:
            calls.append(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._ended = time.perf_counter()
        if error is None:
            self._outcome = "answered"
        elif isinstance(error, ModelUnavailable | ModelOutputError):
            self._outcome, self._detail = "failed", str(error)

    def so_far(self) -> ModelCall:
        """The call as it stands now."""
        used = self._used()
        return ModelCall(
            role=self._role,
            endpoint=self._endpoint,
            model=self._model,
            outcome=self._outcome,
            detail=self._detail,
            input_tokens=used[0],
            output_tokens=used[1],
            reported=self.tokens.output is not None,
            cost=self._price(*used) if self._price else None,
            ms=round(((self._ended or time.perf_counter()) - self._started) * 1000, 3),
        )

    def _used(self) -> tuple[int, int]:
        """Tokens in and out as reported, else estimated. A call that failed before a word is taken to have used none."""
        if self.tokens.input is not None and self.tokens.output is not None:
            return self.tokens.input, self.tokens.output
        if self._outcome == "failed" and not self.pieces:
            return 0, 0
        return estimated_tokens(self._sent), estimated_tokens(["".join(self.pieces)])


_CALLS: ContextVar[list[RunningCall] | None] = ContextVar("handrail_model_calls", default=None)
"""Where the calls of the running turn go. A turn is a task with a context of its own, and nodes run in copies of it, which
share the list."""


@contextmanager
def gathered(calls: list[RunningCall]) -> Iterator[None]:
    """Calls that are begun inside go to this list."""
    token = _CALLS.set(calls)
    try:
        yield
    finally:
        _CALLS.reset(token)


def usage_of(calls: Sequence[ModelCall]) -> ModelUsage | None:
    """The sums over the calls; ``None`` where no model was called. The cost is ``None`` unless every call that used tokens has
    a price."""
    if not calls:
        return None
    costs = [call.cost for call in calls if call.input_tokens or call.output_tokens]
    known = [cost for cost in costs if cost is not None]
    return ModelUsage(
        calls=len(calls),
        input_tokens=sum(call.input_tokens for call in calls),
        output_tokens=sum(call.output_tokens for call in calls),
        reported=all(call.reported for call in calls if call.outcome == "answered"),
        cost=round(sum(known), 8) if known and len(known) == len(costs) else None,
    )


def models_body(calls: Sequence[ModelCall]) -> dict[str, object]:
    """The calls for an outcome record; nothing where there are none."""
    return {"models": [call.model_dump(exclude_none=True) for call in calls]} if calls else {}


def estimated_tokens(texts: Sequence[str]) -> int:
    """About one token per four characters, and one per Chinese, Japanese, Korean or Arabic character."""
    total = 0
    for text in texts:
        wide = len(_WIDE.findall(text))
        total += wide + -(-(len(text) - wide) // _CHARS_PER_TOKEN)
    return total
