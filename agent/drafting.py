"""What a chat model would answer to a request that a person has to look at: a draft for the reviewer, who sends it or does not."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import aclosing
from string import Template
from typing import Final

from agent.errors import ModelOutputError, ModelUnavailable, NoDraft
from agent.ports import AnswerModel, ChatMessage
from agent.prompts.model_prompt import fenced, prompt_within

MAX_CHARS: Final = 8_000
"""A longer draft is cut off by refusing it."""


class Drafter:
    """Asks the model."""

    def __init__(self, model: AnswerModel, template: Template) -> None:
        self._model = model
        self._template = template
        self.name = model.name

    async def draft(self, request: str, language: str, limits: Collection[str]) -> str:
        """An answer to the request within these limits, names of output checks; it has yet to pass them.

        Raises:
            NoDraft: the model does not answer, or writes too much.
        """
        system = prompt_within(self._template, limits, language)
        pieces: list[str] = []
        try:
            async with aclosing(
                self._model.stream([ChatMessage("system", system), ChatMessage("user", fenced(request))])
            ) as stream:
                async for piece in stream:
                    pieces.append(piece)
                    if sum(map(len, pieces)) > MAX_CHARS:
                        raise NoDraft(f"the model wrote more than {MAX_CHARS:,} characters; write the answer yourself")
        except (ModelUnavailable, ModelOutputError) as error:
            raise NoDraft(f"the model gave no draft: {error}") from error
        return "".join(pieces).strip()
