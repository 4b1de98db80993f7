"""What a chat model would answer to a request that a person has to look at: a draft for the reviewer, who sends it or does not."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import aclosing
from typing import Final

from agent.errors import ModelOutputError, ModelUnavailable, NoDraft
from agent.ports import AnswerModel, ChatMessage
from agent.prompts import Fence, Prompt
from agent.prompts.model_prompt import limits_in_words, prompt_within
from policies.models import ContextFacts

MAX_CHARS: Final = 8_000
"""A longer draft is refused."""


class Drafter:
    """Asks the model."""

    def __init__(self, model: AnswerModel, prompt: Prompt) -> None:
        self._model = model
        self._prompt = prompt
        self.name = model.name

    async def draft(self, request: str, language: str, limits: Collection[str]) -> str:
        """An answer to the request within these limits, names of output checks; it has yet to pass them.

        Raises:
            NoDraft: the model does not answer, or writes too much.
        """
        fence = Fence()
        within = limits_in_words(None, limits)
        system = prompt_within(self._prompt, within, ContextFacts(language=language), fence)
        pieces: list[str] = []
        try:
            async with aclosing(
                self._model.stream([ChatMessage("system", system), ChatMessage("user", fence.around(request))])
            ) as stream:
                async for piece in stream:
                    pieces.append(piece)
                    if sum(map(len, pieces)) > MAX_CHARS:
                        raise NoDraft(f"the model wrote more than {MAX_CHARS:,} characters; write the answer yourself")
        except (ModelUnavailable, ModelOutputError) as error:
            raise NoDraft(f"the model gave no draft: {error}") from error
        return "".join(pieces).strip()
