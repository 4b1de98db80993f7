"""Marks and estimates."""

from __future__ import annotations

import pytest

from agent.models import ModelUsage, TurnInput
from api.openai_replies import url_citations, usage
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


def test_an_annotation_names_the_section_too() -> None:
    result = result_of("turn_1", "thread_1", Action.GUIDE, "Do this. [1]")
    headed = [citation.model_copy(update={"heading": "Right now"}) for citation in result.citations]
    (found,) = url_citations(result.model_copy(update={"citations": tuple(headed)}))
    assert found["url_citation"]["title"].startswith(f"{headed[0].title}: Right now (")


def test_usage_is_what_the_models_used_else_an_estimate() -> None:
    turn, result = TurnInput(text="abcd"), result_of("turn_1", "thread_1", Action.ANSWER, "abcdefgh")
    assert usage(turn, result) == {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    used = ModelUsage(calls=1, input_tokens=70, output_tokens=5, reported=True)
    assert usage(turn, result.model_copy(update={"usage": used}))["total_tokens"] == 75
