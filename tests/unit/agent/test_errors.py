"""The error tree."""

from __future__ import annotations

import inspect

from agent import errors
from agent.errors import AgentError, RequestError, TurnFailedError

CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass)]


def test_the_docstring_draws_every_error_once_and_nothing_else():
    drawn = [
        word
        for line in errors.__doc__.splitlines()
        for word in line.replace("│", " ").replace("├──", " ").replace("└──", " ").split()[:1]
    ]
    assert sorted(name for name in drawn if name != "Errors") == sorted(c.__name__ for c in CLASSES)


def test_every_error_is_an_agent_error_with_a_sentence():
    assert [c for c in CLASSES if not issubclass(c, AgentError) or not c.__doc__] == []


def test_request_errors_have_codes_of_their_own():
    codes = [c.code for c in CLASSES if issubclass(c, RequestError)]
    assert len(set(codes)) == len(codes)


def test_a_failed_turn_carries_what_a_client_needs():
    error = TurnFailedError("turn_1", "timeout", "the stage `answer` took too long", "Sorry.", 504)
    assert str(error) == "turn turn_1 failed: timeout: the stage `answer` took too long"
    assert (error.code, error.status, error.text) == ("timeout", 504, "Sorry.")
