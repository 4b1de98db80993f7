"""Why a text scores as it does: the words that move it, the signals that fired, the training examples it resembles.

Words are weighed by occlusion (Zeiler and Fergus, 2014; Li et al., 2016): how far the log-odds fall when a word is left out.
A word whose work another one does as well weighs little; adjacent pairs are left out together, too, and shown where they
weigh more than the sum of both.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import re
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from typing import Final, NamedTuple

from agent.errors import LabelError
from agent.explanation import Explanation, MovedScore, SignalNote
from agent.ports import EarlierTurn, Judgement
from agent.risk.classifier import Request, Scores
from agent.risk.evidence import TABLE
from agent.risk.examples import TrainingExamples
from agent.risk.judge import Classifier, conversation, weight_alone
from retrieval.errors import RetrievalError

EXPLAINED_CHARS: Final = 600
"""Of a longer text only the beginning is explained."""
MOST_UNITS: Final = 32
"""A text of more words is weighed in stretches of several: at most ``2 * MOST_UNITS`` evaluations."""
BATCH: Final = 16
SHOWN: Final = 10
"""Stretches shown."""
LEAST: Final = 0.1
"""Log-odds below which a stretch is not shown."""
TOGETHER: Final = 0.5
"""How much more than the sum of its words a pair must weigh to be shown as one."""
NEAREST: Final = 5

_WORD: Final = re.compile(r"[\u3400-\u9fff]{1,2}|[^\W\u3400-\u9fff]+(?:['’-][^\W\u3400-\u9fff]+)*")


class Span(NamedTuple):
    """A stretch of the text."""

    start: int
    end: int


class Explainer:
    """Explains judgements. See ``agent.ports.RiskExplainer``."""

    def __init__(self, classifier: Classifier, examples: TrainingExamples, executor: Executor) -> None:
        self._classifier = classifier
        self._examples = examples
        self._executor = executor
        self._loading: Future[None] | None = None

    async def explain(self, judgement: Judgement, earlier: Sequence[EarlierTurn]) -> Explanation:
        """See ``agent.ports.RiskExplainer``. The first call has the training examples prepared in the background."""
        loop = asyncio.get_running_loop()
        if not self._examples.ready and self._loading is None:
            self._loading = self._executor.submit(self._examples.load)
        return await loop.run_in_executor(self._executor, self.explained, judgement, earlier)

    def explained(self, judgement: Judgement, earlier: Sequence[EarlierTurn]) -> Explanation:
        """The explanation. Blocks for the scoring of at most ``2 * MOST_UNITS`` short texts."""
        whole = judgement.query if judgement.text is None else judgement.text
        text = whole[:EXPLAINED_CHARS]
        before, language = conversation(earlier), judgement.language or judgement.risk.language
        request = Request(text, before, language, weight_alone(text))
        full = self._classifier.score([request])[0]
        return Explanation(
            judged=text,
            truncated=len(text) < len(whole),
            unsafe=round(full.unsafe, 4),
            moved=self._moved(request, full),
            signals=tuple(_note(name) for name in judgement.risk.signals),
            nearest=self._examples.nearest(judgement.query, judgement.vector, NEAREST),
            note=self._missing(),
        )

    def _moved(self, request: Request, full: Scores) -> tuple[MovedScore, ...]:
        text = request.text
        single = spans(text)
        pairs = [Span(a.start, b.end) for a, b in itertools.pairwise(single)]
        left = [request._replace(text=without(text, span)) for span in (*single, *pairs)]
        scores = [s for i in range(0, len(left), BATCH) for s in self._classifier.score(left[i : i + BATCH])]
        weighed = [_weighed(text, span, full, s) for span, s in zip((*single, *pairs), scores, strict=True)]
        words, together = weighed[: len(single)], weighed[len(single) :]
        for index, pair in enumerate(together):
            first, second = words[index].unsafe, words[index + 1].unsafe
            if pair.unsafe >= max(first + second, first, second) + TOGETHER:
                words.append(pair)
        shown = [word for word in words if max(abs(word.unsafe), abs(word.prompt_attack)) >= LEAST]
        return tuple(sorted(shown, key=lambda w: -max(abs(w.unsafe), abs(w.prompt_attack)))[:SHOWN])

    def _missing(self) -> str | None:
        if self._examples.ready:
            return None
        if self._loading is not None and self._loading.done():
            try:
                self._loading.result()
            except (LabelError, RetrievalError) as error:
                return f"no training examples: {error}"
        return "the training examples are being prepared; ask again in a few minutes"


def spans(text: str) -> list[Span]:
    """The words of the text (of Chinese, pairs of characters), several together where there are more than ``MOST_UNITS``."""
    words = [Span(*match.span()) for match in _WORD.finditer(text)]
    size = math.ceil(len(words) / MOST_UNITS) or 1
    groups = [words[i : i + size] for i in range(0, len(words), size)]
    return [Span(group[0].start, group[-1].end) for group in groups]


def without(text: str, span: Span) -> str:
    """The text without the stretch and without the gap that it leaves."""
    return f"{text[: span.start].rstrip()} {text[span.end :].lstrip()}".strip()


def _weighed(text: str, span: Span, full: Scores, left: Scores) -> MovedScore:
    return MovedScore(
        text=text[span.start : span.end],
        start=span.start,
        end=span.end,
        unsafe=round(_log_odds(full.unsafe) - _log_odds(left.unsafe), 3),
        prompt_attack=round(_log_odds(full.prompt_attack) - _log_odds(left.prompt_attack), 3),
    )


def _note(signal: str) -> SignalNote:
    evidence = TABLE.get(signal)
    if evidence is None:
        return SignalNote(name=signal, unsafe=0.0)
    return SignalNote(name=signal, unsafe=evidence.unsafe, facet=evidence.facet, hazard=evidence.hazard)


def _log_odds(probability: float) -> float:
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(clipped / (1 - clipped))
