"""Releases the words of a model as far as they are checked, in one of three modes.

``sentence``: piece by piece, each checked first. ``full``: the whole answer is checked before any of it leaves. ``live``:
at once; what is then found is retracted by its range of characters. Whatever the mode, a reply that is stopped says why,
and goes over to what can be offered instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Final, Literal, NamedTuple

from agent.models import MessageDelta, MessageHeld, MessageReplaced, ReplyPart, Switched
from agent.moderation.inspector import Inspector, Verdict
from agent.moderation.segments import Segment, Segmenter

Mode = Literal["sentence", "full", "live"]
MODES: Final[tuple[Mode, ...]] = ("live", "sentence", "full")
"""From the quickest to the most careful."""


class Limits(NamedTuple):
    """Bounds of one reply."""

    chars: int = 40_000
    seconds: float = 50.0
    """From the first word to the last."""


class Instead(NamedTuple):
    """What follows a reply that was stopped: a text that may leave, or another attempt of the model."""

    text: str = ""
    switched: Switched | None = None
    again: AsyncGenerator[str, None] | None = None


Otherwise = Callable[[tuple[str, ...]], Awaitable[Instead]]
"""From the checks that stopped a reply to what follows: why, and what can be offered."""
Why = Callable[[tuple[str, ...]], str]
"""From checks to a sentence for the person."""


async def released(
    pieces: AsyncGenerator[str, None],
    inspector: Inspector,
    *,
    mode: Mode,
    why: Why,
    otherwise: Otherwise,
    limits: Limits = Limits(),  # noqa: B008  # an immutable value
    sent: int = 0,
) -> AsyncGenerator[ReplyPart, None]:
    """The checked reply. ``pieces`` are closed in any case; after a stop the rest of them is not read.

    In the modes ``sentence`` and ``full``, the deltas concatenate to the reply and no unchecked text is among them.
    ``sent`` characters of the reply have left before.
    """
    release = _Release(inspector, mode, why, sent)
    stopped: tuple[str, ...] = ()
    async with aclosing(pieces):
        async for part in release.run(pieces, limits):
            if isinstance(part, _Stopped):
                stopped = part.checks
            else:
                yield part
    if stopped:
        instead = await otherwise(stopped)
        outcome: Literal["retried", "stopped"] = "stopped" if instead.again is None else "retried"
        yield MessageHeld(checks=stopped, at=release.sent, outcome=outcome, reason=why(stopped))
        if instead.again is not None:
            rest = released(
                instead.again, inspector.in_any_language(), mode=mode, why=why, otherwise=otherwise, limits=limits, sent=release.sent
            )  # fmt: skip
            async with aclosing(rest):
                async for following in rest:
                    yield following
            return
        if instead.switched is not None:
            yield instead.switched
        lead = "" if not release.said else "…\n\n" if release.inside else "\n\n"
        yield MessageDelta(text=lead + instead.text)


class _Stopped(NamedTuple):
    checks: tuple[str, ...]


_Part = ReplyPart | _Stopped


class _Release:
    """The state of one release: what the model wrote, and what of it has left."""

    def __init__(self, inspector: Inspector, mode: Mode, why: Why, sent: int) -> None:
        self._inspector = inspector
        self._mode = mode
        self._why = why
        self._segmenter = Segmenter()
        self._before = ""
        self._checked = sent
        """Characters of the reply that are checked; in ``live`` mode more have left."""
        self._held_back: list[MessageDelta] = []
        self.sent = sent
        self.said = False
        self.inside = False
        """True when a sentence is half out."""

    async def run(self, pieces: AsyncIterator[str], limits: Limits) -> AsyncGenerator[_Part, None]:
        room = limits.chars
        over: tuple[str, ...] = ()
        async for piece in _until(pieces, limits.seconds):
            if piece is None:
                over = ("time",)
                break
            if len(piece) > room:
                piece, over = piece[:room], ("length",)
            room -= len(piece)
            for delta in self._live(piece):
                yield delta
            self._segmenter.feed(piece)
            while (segment := self._segmenter.next()) is not None:
                async for part in self._segment(segment):
                    yield part
                    if isinstance(part, _Stopped):
                        return
            if over:
                break
        async for part in self._end(over):
            yield part

    async def _end(self, over: tuple[str, ...]) -> AsyncGenerator[_Part, None]:
        """The last words, unless the reply was cut off: half a sentence is then not worth keeping."""
        rest = None if over else self._segmenter.rest()
        if rest is not None:
            async for part in self._segment(rest):
                yield part
                if isinstance(part, _Stopped):
                    return
        for held in self._held_back:
            yield self._out(held)
        if over:
            if self._mode == "live" and self.sent > self._checked:
                yield self._retracted("")
            yield _Stopped(over)

    async def _segment(self, segment: Segment) -> AsyncGenerator[_Part, None]:
        segment, verdict = await self._verdict(segment)
        self._segmenter.take(segment)
        if verdict.stop:
            if self._mode == "live":
                yield self._retracted("")
            yield _Stopped(verdict.stop)
            return
        self._before = (self._before + segment.text)[-4_000:]
        if verdict.repaired:
            held = MessageHeld(
                checks=verdict.repaired, at=self._checked, outcome="repaired", reason=self._why(verdict.repaired)
            )
            yield held
            if self._mode == "live":
                yield self._retracted(verdict.text, segment.text)
        self._checked += len(verdict.text)
        self.inside = not segment.whole
        if self._mode == "sentence":
            yield self._out(MessageDelta(text=verdict.text))
        elif self._mode == "full":
            self._held_back.append(MessageDelta(text=verdict.text))

    async def _verdict(self, segment: Segment) -> tuple[Segment, Verdict]:
        """The verdict, over a piece that is cut so that nothing private is split."""
        for _ in range(4):
            verdict = await self._inspector.inspect(self._before, segment.text, segment.ahead, whole=segment.whole)
            if verdict.cut is None:
                return segment, verdict
            if not segment.whole and verdict.cut >= len(segment.text) + len(segment.ahead):
                break  # it goes on past what is known, so its end cannot be told
            segment = self._segmenter.resized(segment, verdict.cut)
        return segment, Verdict("", stop=("secrets",))

    def _live(self, piece: str) -> list[MessageDelta]:
        if self._mode != "live" or not piece:
            return []
        return [self._out(MessageDelta(text=piece))]

    def _out(self, delta: MessageDelta) -> MessageDelta:
        self.sent += len(delta.text)
        self.said = self.said or bool(delta.text.strip())
        return delta

    def _retracted(self, text: str, original: str | None = None) -> MessageReplaced:
        """What has left since the last checked character, or the checked sentence of it, is replaced by ``text``."""
        end = self.sent if original is None else self._checked + len(original)
        self.sent += len(text) - (end - self._checked)
        return MessageReplaced.model_validate({"from": self._checked, "to": end, "text": text})


async def _until(pieces: AsyncIterator[str], seconds: float) -> AsyncGenerator[str | None, None]:
    """The pieces; ``None`` last when they took longer than ``seconds``."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except TimeoutError:
            yield None
            return
        yield piece
