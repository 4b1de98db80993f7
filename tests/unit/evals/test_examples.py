"""Replies for print."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.composer import Composed, render, with_helplines
from agent.models import TurnInput, TurnResult
from evals.errors import ExampleError
from evals.examples import Example, page, read_examples, replies
from policies.taxonomy import LANGUAGES, Action
from tests.unit.agent.builders import HELPLINES
from tests.unit.evals.made import result

ASKED = Example(locale="en-US", action=Action.GUIDE, request="What dose?", role="clinician")


class Answers:
    """Answers everything alike."""

    def __init__(self, made: TurnResult) -> None:
        self.made = made
        self.asked: list[TurnInput] = []

    async def run(self, request: TurnInput) -> TurnResult:
        self.asked.append(request)
        return self.made


def test_the_bundled_examples_are_one_of_each_action_in_each_language() -> None:
    examples = read_examples()
    assert [(one.language, one.action) for one in examples] == [
        (language, action) for language in LANGUAGES for action in Action
    ]


def test_an_entry_that_is_not_valid_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("- {locale: en, action: dance, request: hi}", encoding="utf-8")
    with pytest.raises(ExampleError, match=r"x\.yaml: entry 1: \('action',\)"):
        read_examples(tmp_path / "x.yaml")


async def test_a_request_that_is_treated_otherwise_is_no_example() -> None:
    with pytest.raises(ExampleError, match="`What dose\\?` became `answer`, expected `guide`"):
        await replies([ASKED], Answers(result(action=Action.ANSWER)))


async def test_a_reply_is_printed_as_a_person_reads_it() -> None:
    lines = HELPLINES.for_decision("US", crisis=True)
    composed = with_helplines(Composed(None, (), ()), lines, "Call now:", "en")
    assert composed.alternative is not None
    alternative = composed.alternative.model_copy(update={"next_steps": ("Who can help?",)})
    made = result(
        action=Action.GUIDE,
        text=f"Why.\n\n{render(alternative)}",
        alternative=alternative,
        citations=composed.citations,
    )
    runner = Answers(made)
    printed = page(await replies([ASKED, ASKED.model_copy(update={"locale": "ar-SA"})], runner))
    assert [request.context.role for request in runner.asked] == ["clinician", "clinician"]
    assert "### Guide (en-US, asked by a clinician)\n\n> What dose?\n\nWhy.\n\n**Call now:**\n\n- 988" in printed
    assert f"\n1. [{composed.citations[0].title}]({composed.citations[0].url})" in printed
    assert "- *Who can help?*" in printed
    assert printed.index("## English") < printed.index("## العربية") < printed.index('<div dir="rtl">')
