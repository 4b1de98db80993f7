"""Judges a text that somebody handed over to be worked on: a file, a page, what is written in a picture.

Material asks for nothing by itself, and the risk model, trained on requests, finds harm in a leaflet that says "keep out of the
reach of children". Two things in it count: orders to whoever reads it for the person (indirect prompt injection), and a request
that it surely holds, for a person may point at it instead of writing it out.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Final

from agent.grounding import split_sentences
from agent.ports import Material
from agent.risk.classifier import Request, Scores
from agent.risk.evidence import with_evidence
from agent.risk.judge import Classifier
from agent.risk.signals import Signals
from policies.taxonomy import Hazard

PIECE: Final = 500
"""Characters that are read together: a few sentences, so that length hides nothing."""
ASKS: Final = 0.993
"""From this ``unsafe`` on a piece counts as a request, where a hazard is as likely as ``HAZARD``. In 74 documents of our own
guidance, which is about little but dangers, four did; at 0.98 twice as many, and no more of ten harmful requests."""
HAZARD: Final = 0.75
SELF_HARM: Final = 0.99
"""From this score of self-harm on a piece counts by itself: a letter of farewell asks for nothing. Of 95 documents of our own
guidance four have such a piece (at 0.985 six), of 400 messages of people with a plan 6.5% (8%)."""
ORDERS: Final = frozenset({"jailbreak.frame", "prompt.extraction"})
"""Signals of words that hardly anything but an order to an assistant has."""
ORDER: Final = 0.5
"""From this ``prompt_attack`` on a sentence with one of those signals is such an order, and is left out."""
SUSPECT: Final = 0.99
"""From here a sentence counts that speaks to or of an assistant. By itself the head says little of material: it finds as much
in manuals, contracts and licences, which give orders to everybody."""
LEFT_OUT: Final = "[...]"
"""Stands for a sentence that is an order to the assistant."""

_BATCH: Final = 64
_PARAGRAPH: Final = re.compile(r"\n\s*\n")
_ADDRESSED: Final = re.compile(
    r"\b(?:ai|a\.i\.|ia|llm|gpt|chatgpt|assistants?|chat ?bots?|language model|system (?:prompt|message)|prompt|instructions?|"
    r"summar\w+|the user|asistente|modelo de lenguaje|mensaje de(?:l)? sistema|instruccion\w*|resum\w+|el usuario)\b"
    r"|人工智能|助手|语言模型|聊天机器人|系统提示|提示词|指令|总结|用户|المساعد|الذكاء الاصطناعي|نموذج لغ|التعليمات|تعليمات|تلخيص|المستخدم",
    re.IGNORECASE,
)


class RiskMaterialJudge:
    """Judges with the risk model in a worker thread, two at a time at most."""

    def __init__(self, classifier: Classifier, signals: Signals, executor: Executor) -> None:
        self._classifier = classifier
        self._signals = signals
        self._executor = executor

    async def read(self, text: str, views: Sequence[str], language: str) -> Material:
        """See ``agent.ports.MaterialJudge``."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._read, text, views, language)

    def _read(self, text: str, views: Sequence[str], language: str) -> Material:
        pieces = list(dict.fromkeys(piece for read in (text, *views) for piece in pieces_of(read)))
        spoken = dict.fromkeys(sentence for piece in pieces for sentence in split_sentences(piece))
        fired = {sentence: found for sentence in spoken if (found := self._signals.fire(sentence, language))}
        addressed = [sentence for sentence in spoken if sentence in fired or _ADDRESSED.search(sentence)]
        read = list(dict.fromkeys([*pieces, *addressed]))
        scored = dict(zip(read, self._scores(read, fired, language), strict=True))
        orders = [s for s, signals in fired.items() if ORDERS & set(signals) and scored[s].prompt_attack >= ORDER]
        suspects = [s for s in addressed if scored[s].prompt_attack >= SUSPECT and _ADDRESSED.search(s)]
        asking = [piece for piece, scores in scored.items() if _asks(scores)]
        return Material(
            text=_without(text, orders),
            attack=max((scored[sentence].prompt_attack for sentence in (*orders, *suspects)), default=0.0),
            orders=len(orders),
            asks=max(asking, key=lambda piece: scored[piece].unsafe, default=None),
        )

    def _scores(self, texts: Sequence[str], fired: Mapping[str, tuple[str, ...]], language: str) -> Iterator[Scores]:
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            scored = self._classifier.score([Request(text, language=language) for text in batch])
            for text, scores in zip(batch, scored, strict=True):
                yield with_evidence(scores, fired.get(text, ()), language)


def pieces_of(text: str) -> Iterator[str]:
    """The sentences of the text on one line each, neighbours together in pieces of at most ``PIECE`` characters. A line that
    ends is no sentence that ends: pages are set in lines."""
    for paragraph in _PARAGRAPH.split(text):
        piece = ""
        for sentence in split_sentences(" ".join(paragraph.split())):
            for start in range(0, len(sentence), PIECE):
                part = sentence[start : start + PIECE]
                if piece and len(piece) + len(part) >= PIECE:
                    yield piece
                    piece = ""
                piece = f"{piece} {part}" if piece else part
        if piece:
            yield piece


def _without(text: str, sentences: Sequence[str]) -> str:
    """The text without these sentences, wherever their lines end."""
    for sentence in sorted(sentences, key=len, reverse=True):
        text = re.sub(r"\s+".join(map(re.escape, sentence.split())), LEFT_OUT, text)
    return text


def _asks(scores: Scores) -> bool:
    worst = max(score for hazard, score in scores.hazards.items() if not hazard.startswith("advice_"))
    return (scores.unsafe >= ASKS and worst >= HAZARD) or scores.hazards[Hazard.SUICIDE_SELF_HARM] >= SELF_HARM
