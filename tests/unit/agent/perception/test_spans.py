"""Spans and their replacement."""

from __future__ import annotations

from agent.perception.spans import Span, apart, replaced


def test_spans_are_read_in_place() -> None:
    assert replaced("a 1 b 2", [Span(2, 3, "one", "x"), Span(6, 7, "two", "x")]) == "a one b two"
    assert replaced("a", []) == "a"


def test_of_overlapping_spans_the_longer_at_the_first_place_stays() -> None:
    spans = [Span(0, 2, "s", "x"), Span(0, 5, "l", "x"), Span(3, 6, "o", "x"), Span(5, 6, "n", "x")]
    assert apart(spans, 9) == [spans[1], spans[3]]
    assert apart(spans, 1) == [spans[1]]
