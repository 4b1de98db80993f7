"""Calls to models, gathered for a turn."""

from __future__ import annotations

import asyncio

import pytest

from agent.errors import ModelUnavailable
from agent.usage import ModelCall, RunningCall, Tokens, estimated_tokens, gathered, models_body, usage_of


def call(**changes):
    return ModelCall.model_validate(
        {"role": "answer", "endpoint": "a", "model": "m", "outcome": "answered", "ms": 1.0, **changes}
    )


def running(name="a", price=None):
    return RunningCall("answer", name, "m", ["Hello you"], price)


async def test_calls_of_tasks_that_a_turn_starts_are_its_own():
    async def turn(name):
        calls: list[RunningCall] = []
        with gathered(calls):
            await asyncio.gather(*(asyncio.create_task(made(name)) for _ in range(2)))
        return [one.so_far().endpoint for one in calls]

    async def made(name):
        await asyncio.sleep(0)
        with running(name):
            pass

    assert await asyncio.gather(turn("x"), turn("y")) == [["x", "x"], ["y", "y"]]


def test_outside_of_a_turn_nothing_is_kept():
    calls: list[RunningCall] = []
    with gathered(calls):
        pass
    with running() as one:
        pass
    assert (calls, one.so_far().outcome) == ([], "answered")


def test_a_call_is_there_while_it_goes_on():
    calls: list[RunningCall] = []
    with gathered(calls), running() as one:
        one.pieces.append("Hi, how are you?")
        told = calls[0].so_far()
        assert (told.outcome, told.input_tokens, told.output_tokens, told.reported) == ("left", 3, 4, False)
    assert calls[0].so_far().outcome == "answered"


def test_a_call_that_failed_says_why_and_one_that_was_left_does_not():
    with pytest.raises(ModelUnavailable), running() as failed:
        raise ModelUnavailable("down")
    with pytest.raises(asyncio.CancelledError), running() as left:
        raise asyncio.CancelledError
    told = [one.so_far() for one in (failed, left)]
    assert [(one.outcome, one.detail) for one in told] == [("failed", "down"), ("left", None)]
    assert (told[0].input_tokens, told[1].input_tokens) == (0, 3)


def test_reported_tokens_count_and_have_their_price():
    with running(price=lambda tokens_in, tokens_out: tokens_in + 10.0 * tokens_out) as one:
        one.tokens.report(5, 2)
    told = one.so_far()
    assert (told.input_tokens, told.output_tokens, told.reported, told.cost) == (5, 2, True, 25.0)


def test_without_calls_there_is_no_usage():
    assert usage_of([]) is None
    assert models_body([]) == {}


def test_tokens_and_cost_add_up():
    used = usage_of(
        [
            call(input_tokens=10, output_tokens=2, reported=True, cost=0.5),
            call(outcome="failed"),
            call(input_tokens=1, output_tokens=1, reported=True, cost=0.25),
        ]
    )
    assert (used.calls, used.input_tokens, used.output_tokens, used.reported, used.cost) == (3, 11, 3, True, 0.75)


def test_a_cost_that_is_known_in_part_is_unknown():
    assert usage_of([call(input_tokens=10, cost=0.5), call(input_tokens=10)]).cost is None
    assert usage_of([call(outcome="failed")]).cost is None


def test_the_record_leaves_out_what_is_not_there():
    (body,) = models_body([call()])["models"]
    assert (body["role"], "cost" in body, "detail" in body) == ("answer", False, False)


def test_reports_of_an_endpoint_add_up():
    tokens = Tokens()
    assert tokens.output is None
    tokens.report(12, 0)
    tokens.report(0, 5)
    assert (tokens.input, tokens.output) == (12, 5)


@pytest.mark.parametrize(
    ("texts", "tokens"), [((), 0), (("",), 0), (("abcd",), 1), (("abcde",), 2), (("你好",), 2), (("ab 你",), 2)]
)
def test_tokens_are_estimated(texts, tokens):
    assert estimated_tokens(texts) == tokens
