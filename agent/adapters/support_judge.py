"""A chat model that says whether a passage supports a sentence, and a scripted twin for tests."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from agent.errors import ModelOutputError
from agent.ports import AnswerModel, ChatMessage
from agent.prompts import Fence, Prompt
from agent.writer import text_of

_ENOUGH_CHARS: Final = 40
"""Of an answer of one word; a longer one is none."""
_WORD: Final = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)


class ModelSupportJudge:
    """Asks a chat model for one word."""

    def __init__(self, model: AnswerModel, prompt: Prompt) -> None:
        self._model = model
        self._prompt = prompt

    async def supports(self, sentence: str, passage: str) -> bool:
        """See ``agent.ports.SupportJudge``."""
        fence = Fence()
        asked = [
            ChatMessage("system", self._prompt.template.substitute(fence=fence.marks)),
            ChatMessage("user", f"Passage:\n{fence.around(passage)}\n\nSentence:\n{fence.around(sentence)}"),
        ]
        word = _WORD.match(await text_of(self._model, asked, _ENOUGH_CHARS))
        if word is None:
            raise ModelOutputError(f"judge `{self._model.name}` answered with neither yes nor no")
        return word[1].lower() == "yes"


class ListedJudge:
    """Supports every sentence but those it was given; an exception is raised."""

    def __init__(self, unsupported: Collection[str] = (), error: Exception | None = None) -> None:
        self._unsupported = unsupported
        self._error = error
        self.asked: list[tuple[str, str]] = []
        """Sentence and passage of every question."""

    async def supports(self, sentence: str, passage: str) -> bool:
        """See ``agent.ports.SupportJudge``."""
        self.asked.append((sentence, passage))
        if self._error is not None:
            raise self._error
        return sentence not in self._unsupported
