"""Marks and estimates."""

from __future__ import annotations

import pytest

from api.openai_replies import estimated_tokens, url_citations
from policies.taxonomy import Action
from tests.unit.api.fakes import result_of


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Do this. [1]", ["[1]"]),
        ("Do this. [1][2] and [1]", ["[1]", "[2]", "[1]"]),
        ("list[0] and [9] are no sources", []),
        ("早上服药。[2]", ["[2]"]),
    ],
)
def test_only_marks_of_sources_are_annotated(text: str, marks: list[str]) -> None:
    result = result_of("turn_1", "thread_1", Action.GUIDE, text)
    found = [annotation["url_citation"] for annotation in url_citations(result)]
    assert [text[mark["start_index"] : mark["end_index"]] for mark in found] == marks


@pytest.mark.parametrize(
    ("texts", "tokens"), [((), 0), (("",), 0), (("abcd",), 1), (("abcde",), 2), (("你好",), 2), (("ab 你",), 2)]
)
def test_tokens_are_estimated(texts: tuple[str, ...], tokens: int) -> None:
    assert estimated_tokens(texts) == tokens
