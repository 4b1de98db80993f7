"""Guidance in a model's words, of which none leaves that its source does not support.

The extractive alternative is there first. A model may put it more kindly; each of its sentences must cite a passage, be
supported by it (``agent.support``) and pass every check of an output. Those that fail go back to the model once; what fails
again is replaced by the sentence of the passage that is nearest to it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import aclosing
from typing import Final, NamedTuple

from agent.composer import Composed
from agent.errors import ModelOutputError, ModelUnavailable
from agent.grounding import content_terms, overlap, split_sentences
from agent.models import AlternativeSection
from agent.moderation import Inspector
from agent.ports import AnswerModel, ChatMessage, SupportJudge
from agent.prompts import Fence, Prompt, answer_prompt
from agent.support import Near, verify
from policies.models import ContextFacts, Decision
from retrieval.models import Section

SECONDS: Final = 12.0
"""Longest time for writing and repair together; after it the extractive text stands."""
MAX_CHARS: Final = 4_000
MAX_SENTENCES: Final = 12
_MARK: Final = re.compile(r"\s*\[(\d{1,3})\]\s*([.!?。！？؟]?)\s*$")
_MARKS: Final = re.compile(r"\[(\d+)\]$", re.MULTILINE)
_AGAIN: Final = (
    "These sentences are not supported by the passage they cite. Write each of them again, in the same order, one on a line, closer to "
    "the words of its passage, each ending with its number:\n"
)


class Line(NamedTuple):
    """A sentence and the passage it cites."""

    text: str
    n: int


class Writer:
    """Writes alternatives with a model."""

    def __init__(
        self,
        model: AnswerModel,
        prompt: Prompt,
        judge: SupportJudge | None = None,
        *,
        near: Near | None = None,
        seconds: float = SECONDS,
    ) -> None:
        """``judge`` has a say beside our own check: a sentence must pass both. ``near`` is the second evidence of that check."""
        self.prompt = prompt
        self._model = model
        self._judge = judge
        self._near = near
        self._seconds = seconds

    async def rewritten(
        self,
        composed: Composed,
        passages: Sequence[Section],
        request: str,
        reader: ContextFacts,
        decision: Decision,
        inspector: Inspector,
    ) -> Composed | None:
        """The alternative in the model's words where they hold, with the citations and headings of ``composed``; ``None`` when
        the model wrote nothing that holds. Never raises for what a model does."""
        cited = _cited(composed, passages, reader.language)
        if composed.alternative is None or not cited:
            return None
        fence = Fence()
        prompt = [
            ChatMessage("system", answer_prompt(self.prompt, decision, reader, fence)),
            ChatMessage("user", fence.around("\n\n".join(f"[{n}] {_passage(one)}" for n, one in cited.items()))),
            ChatMessage("user", fence.around(request)),
        ]
        try:
            async with asyncio.timeout(self._seconds):
                lines = await self._lines(prompt)
                kept = await self._kept(prompt, lines, cited, reader.language, inspector)
        except (TimeoutError, ModelUnavailable, ModelOutputError):
            return None
        return _assembled(composed, kept) if any(kept) else None

    async def _kept(
        self,
        prompt: list[ChatMessage],
        lines: Sequence[Line],
        cited: dict[int, Section],
        language: str,
        inspector: Inspector,
    ) -> list[Line]:
        """The lines that hold, repaired where they did not; a line that never holds becomes a sentence of its passage."""
        holds = await asyncio.gather(*(self._holds(line, cited, language, inspector) for line in lines))
        if not any(holds):
            return []
        wrong = [index for index, ok in enumerate(holds) if not ok]
        repaired: dict[int, Line] = {}
        if wrong:
            again = _AGAIN + "\n".join(f"{lines[index].text} [{lines[index].n}]" for index in wrong)
            answer = await self._lines([*prompt, ChatMessage("user", again)])
            for index, line in zip(wrong, answer, strict=False):
                if line.n == lines[index].n and await self._holds(line, cited, language, inspector):
                    repaired[index] = line
        kept: list[Line] = []
        for index, line in enumerate(lines):
            found = line if holds[index] else repaired.get(index) or await _extracted(line, cited, kept, inspector)
            if found is not None and found not in kept:
                kept.append(found)
        return kept

    async def _holds(self, line: Line, cited: dict[int, Section], language: str, inspector: Inspector) -> bool:
        section = cited.get(line.n)
        if section is None:
            return False
        verdict = await asyncio.to_thread(verify, line.text, _passage(section), language, near=self._near)
        if not verdict.supported:
            return False
        if (await inspector.inspect("", line.text, whole=True)).text != line.text:
            return False
        try:
            return self._judge is None or await self._judge.supports(line.text, _passage(section))
        except (ModelUnavailable, ModelOutputError):
            return False

    async def _lines(self, prompt: Sequence[ChatMessage]) -> list[Line]:
        text = await text_of(self._model, prompt, MAX_CHARS)
        # A mark may stand before the full stop or behind it; it is read with the sentence it ends.
        joined = re.sub(r"([.!?。！？؟])\s*((?:\[\d{1,3}\]\s*)+)", r" \2\1 ", text)
        found = [_line(sentence) for sentence in split_sentences(joined)]
        return [line for line in found if line is not None][:MAX_SENTENCES]


def _line(sentence: str) -> Line | None:
    mark = _MARK.search(sentence)
    if mark is None:
        return None
    return Line(sentence[: mark.start()].rstrip() + (mark[2] or ""), int(mark[1]))


async def _extracted(line: Line, cited: dict[int, Section], kept: Sequence[Line], inspector: Inspector) -> Line | None:
    """The sentence of the cited passage that is nearest to the line and not used yet."""
    section = cited.get(line.n)
    if section is None:
        return None
    used = {one.text for one in kept}
    own = content_terms(line.text)
    ranked = sorted(split_sentences(section.text), key=lambda sentence: -overlap(content_terms(sentence), own))
    for sentence in ranked[:1]:
        if sentence not in used and (await inspector.inspect("", sentence, whole=True)).text == sentence:
            return Line(sentence, line.n)
    return None


def _cited(composed: Composed, passages: Sequence[Section], language: str) -> dict[int, Section]:
    """The passages behind the citations, each by its first number; those in another language are left out, for nothing could be
    checked."""
    by_place = {(section.document_id, section.section): section for section in passages}
    first: dict[tuple[str, str], int] = {}
    for citation in composed.citations:
        first.setdefault((citation.document_id, citation.section), citation.n)
    return {
        n: section
        for place, n in first.items()
        if (section := by_place.get(place)) is not None and section.locale.split("-")[0] == language
    }


def _passage(section: Section) -> str:
    return f"{section.title}. {section.heading}.\n{section.text}"


def _assembled(composed: Composed, kept: Sequence[Line]) -> Composed:
    """The lines under the headings of their passages, in the order in which the model told them; a passage that it left out
    keeps its own sentences."""
    if composed.alternative is None:
        return composed
    sections: list[AlternativeSection] = []
    for section in composed.alternative.sections:
        own = [line for line in kept if line.n in section.citations]
        text = "\n".join(f"{line.text} [{line.n}]" for line in own) or section.text
        cited = tuple(dict.fromkeys(int(n) for n in _MARKS.findall(text)))
        sections.append(section.model_copy(update={"text": text, "citations": cited}))
    used = {n for section in sections for n in section.citations}
    return composed._replace(
        alternative=composed.alternative.model_copy(update={"sections": tuple(sections)}),
        citations=tuple(citation for citation in composed.citations if citation.n in used),
    )


async def text_of(model: AnswerModel, prompt: Sequence[ChatMessage], enough: int) -> str:
    """What the model writes, until it has written more than ``enough`` characters. Raises as ``AnswerModel.stream``."""
    text = ""
    async with aclosing(model.stream(prompt)) as pieces:
        async for piece in pieces:
            text += piece
            if len(text) > enough:
                break
    return text
