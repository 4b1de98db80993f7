"""Cuts a stream into pieces that can be judged and released: sentences, and clauses of long ones."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from agent.grounding import next_boundary
from agent.moderation.numbers import ARABIC_WORDS, HAN_WORDS, LATIN_WORDS

CLAUSE_CHARS: Final = 240
"""A sentence longer than this is released by clauses."""
MAX_CHARS: Final = 600
"""Text without sentence, clause or space is cut here."""
AHEAD: Final = 80
"""Characters behind the end of a clause that must be known before it may leave."""

_CLAUSE: Final = re.compile(r"[,;:，；：、،؛—](?:[ \n]|(?<=[，；：、—]))")
_SPACE: Final = re.compile(r"\s")
_OPEN: Final = re.compile(
    rf"(?:[\w@.+/=:-]*[\d@٠-٩۰-۹０-９][\w@.+/=:-]*|(?<!\w)(?:{LATIN_WORDS}|{ARABIC_WORDS})|{HAN_WORDS}|[\w+/=-]{{16,}}|eyJ[\w+/=-]*|BEGIN[A-Z ]*|\b(?:curl|wget|sudo|union)|(?:key|token|password|is|es|step|paso|:|=))[\s*_`,.:-]*\Z",
    re.IGNORECASE,
)
"""What a number, a key or a command that goes on looks like at the end of a line."""
_TOKEN: Final = re.compile(r"(?<![A-Za-z0-9+/=_.-])[A-Za-z0-9+/=_.-]+\Z")
"""What may be a key that goes on, in a text that has no spaces."""


class Segment(NamedTuple):
    """A piece, and what follows it as far as it is known."""

    text: str
    ahead: str
    whole: bool
    """True when it ends a sentence."""


class Segmenter:
    """Collects the pieces of a stream. The segments, in order, concatenate to the text."""

    def __init__(self) -> None:
        self._buffer = ""

    def feed(self, piece: str) -> None:
        """More text has come."""
        self._buffer += piece

    def next(self) -> Segment | None:
        """The next segment that is surely complete, and is not taken yet; ``None`` when more text is needed."""
        end = self._sentence()
        if end is not None:
            return Segment(self._buffer[:end], self._buffer[end : end + AHEAD], whole=True)
        if len(self._buffer) <= CLAUSE_CHARS + AHEAD:
            return None
        return Segment(self._buffer[: (cut := self._clause())], self._buffer[cut:][: MAX_CHARS + AHEAD], whole=False)

    def rest(self) -> Segment | None:
        """What is left at the end of the stream."""
        return Segment(self._buffer, "", whole=True) if self._buffer.strip() else None

    def resized(self, segment: Segment, size: int) -> Segment:
        """The segment cut elsewhere."""
        size = max(1, min(size, len(self._buffer)))
        return Segment(self._buffer[:size], self._buffer[size : size + AHEAD], segment.whole)

    def take(self, segment: Segment) -> None:
        """The segment is dealt with."""
        self._buffer = self._buffer[len(segment.text) :]

    def _sentence(self) -> int | None:
        """End of the first sentence that text follows. A line that ends in what may go on does not end a sentence."""
        start = 0
        while (end := next_boundary(self._buffer, start)) is not None and end < len(self._buffer):
            if end > MAX_CHARS:
                return None
            if self._buffer[end - 1] != "\n" or not _OPEN.search(self._buffer[max(0, end - 80) : end]):
                return end
            start = end
        return None

    def _clause(self) -> int:
        """Where a long sentence may be cut: after its last clause, else its last word, that does not end in something open."""
        for place in (_CLAUSE, _SPACE):
            ends = [match.end() for match in place.finditer(self._buffer, 40, CLAUSE_CHARS)]
            for end in reversed(ends):
                if not _OPEN.search(self._buffer[max(0, end - 80) : end]):
                    return end
        end = min(MAX_CHARS, len(self._buffer) - AHEAD) if len(self._buffer) > MAX_CHARS else CLAUSE_CHARS
        token = _TOKEN.search(self._buffer, 40, end)
        return token.start() if token else end
