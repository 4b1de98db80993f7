"""A stretch of a text that stands for something else, and what it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """``text`` is what ``start:end`` of the text stands for, by ``how``."""

    start: int
    end: int
    text: str
    how: str


def replaced(text: str, spans: Sequence[Span]) -> str:
    """The text with every span read; spans are in order and do not overlap."""
    parts: list[str] = []
    at = 0
    for span in spans:
        parts += (text[at : span.start], span.text)
        at = span.end
    return "".join([*parts, text[at:]])


def apart(spans: Sequence[Span], most: int) -> list[Span]:
    """The first spans that do not overlap, in order, at most so many; of two at one place the longer."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept[:most]
