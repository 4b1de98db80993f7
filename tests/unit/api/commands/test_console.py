"""A result on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from api.commands.console import message_argument, show_result
from api.commands.errors import CommandError
from policies.taxonomy import Action
from tests.unit.api.fakes import result_of


def shown(action: Action, text: str) -> str:
    out = io.StringIO()
    show_result(result_of("turn_1", "thread_1", action, text), Console(file=out, width=100, highlight=False))
    return out.getvalue()


def test_a_declined_request_shows_what_why_how_and_sources() -> None:
    text = shown(Action.GUIDE, "It depends on the child.\n\nWhat helps\nDo this. [1]\nAnd that. [2]")
    order = ["Guide", "No doses here", "It depends", "What helps", "Do this. [1]", "Ask next", "Sources", "Write to us"]
    places = [text.index(part) for part in (*order, "thread_1")]
    assert places == sorted(places)
    assert "[1] Title 1, Publisher https://example.org/1 (reviewed 2026-05-01)" in text


def test_an_answer_shows_its_text() -> None:
    text = shown(Action.ANSWER, "Paris. [not markup]")
    assert "Paris. [not markup]" in text
    assert "Sources" not in text


@pytest.mark.parametrize("action", list(Action))
def test_every_action_can_be_shown(action: Action) -> None:
    assert shown(action, "text")


def test_a_message_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(CommandError, match="UTF-8"):
        message_argument("caf\udce9")


def test_a_dash_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("hola ñ".encode())))
    assert message_argument("-") == "hola ñ"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff")))
    with pytest.raises(CommandError, match="not UTF-8"):
        message_argument("-")
