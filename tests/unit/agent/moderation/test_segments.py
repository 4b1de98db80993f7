"""Cutting a stream."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.moderation.segments import MAX_CHARS, Segmenter


def cut(*pieces: str) -> list[str]:
    segmenter = Segmenter()
    found = []
    for piece in pieces:
        segmenter.feed(piece)
        while (segment := segmenter.next()) is not None:
            segmenter.take(segment)
            found.append(segment.text)
    rest = segmenter.rest()
    return [*found, *([rest.text] if rest else [])]


def test_a_sentence_is_complete_when_text_follows_it():
    assert cut("One. Two", "! Three") == ["One.", " Two!", " Three"]
    segmenter = Segmenter()
    segmenter.feed("One.")
    assert segmenter.next() is None


@pytest.mark.parametrize(
    "open_end", ["Give 5\nmg now", "Use curl\n \n-o file", "key:\nabc", "give two\ntablets", "给两\n片药", "x@\ny.org"]
)
def test_a_line_that_ends_in_something_that_may_go_on_is_not_cut_there(open_end):
    assert cut(open_end, "\nEnd.")[0] != open_end.split("\n")[0] + "\n"


def test_a_long_sentence_is_cut_after_a_clause():
    long = "It is a long sentence about many things that follow each other, " * 8
    pieces = cut(*[long[i : i + 7] for i in range(0, len(long), 7)])
    assert all(piece.endswith(", ") for piece in pieces[:-1])


def test_chinese_without_a_stop_is_not_cut_inside_what_may_be_a_key():
    key = "eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCJ9.eyJzdWIiOiAiNzI4MzQ1NDA1NiJ9.h_nEAsdxa3IJangWxGd0"
    for before in range(480, 600, 7):
        segmenter = Segmenter()
        segmenter.feed("水" * before + key + "边" * 700)
        first = segmenter.next()
        assert first is not None
        assert not first.text.endswith(tuple(key[:n] for n in range(1, len(key))))


@pytest.mark.parametrize("text", ["word " * 1_000, "x" * 2_000, "字" * 2_000, "1" * 2_000])
def test_text_without_an_end_is_bounded_and_whole(text):
    pieces = cut(*[text[i : i + 11] for i in range(0, len(text), 11)])
    assert max(map(len, pieces)) <= MAX_CHARS
    assert "".join(pieces) == text


@given(st.lists(st.text(st.sampled_from("ab1.。\n ,;@m"), max_size=80), max_size=30))
def test_no_character_is_lost(pieces):
    assert "".join(cut(*pieces)).rstrip() == "".join(pieces).rstrip()
