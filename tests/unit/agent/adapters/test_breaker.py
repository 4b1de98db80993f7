"""An endpoint that keeps failing is left alone, then tried."""

from __future__ import annotations

import asyncio

import pytest

from agent.adapters.breaker import Breaker
from agent.errors import ModelOutputError, ModelUnavailable


class Time:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def breaker(time):
    return Breaker("x", failures=2, seconds=10.0, clock=time)


def fail(breaker, error=None):
    with pytest.raises((ModelUnavailable, ModelOutputError)), breaker.watching():
        raise error or ModelUnavailable("down")


def work(breaker):
    with breaker.watching():
        pass


def test_failures_in_a_row_open_it_and_calls_fail_at_once(breaker):
    fail(breaker)
    assert breaker.state == "closed"
    fail(breaker, ModelOutputError("garbage"))
    assert breaker.state == "open"
    ran = []
    refused = pytest.raises(ModelUnavailable, match="`x` is left alone for 10 s more after 2 failures")
    with refused as caught, breaker.watching():
        ran.append(1)
    assert (ran, caught.value.again) == ([], False)


def test_a_success_between_failures_begins_the_count_anew(breaker):
    fail(breaker)
    work(breaker)
    fail(breaker)
    assert breaker.state == "closed"


def test_after_its_time_one_call_tries_and_its_success_closes_it(breaker, time):
    fail(breaker)
    fail(breaker)
    time.now = 10.0
    assert breaker.state == "half_open"
    with breaker.watching():
        assert breaker.state == "open"  # nobody else meanwhile
    assert breaker.state == "closed"


def test_a_trial_that_fails_opens_it_for_the_whole_time_again(breaker, time):
    fail(breaker)
    fail(breaker)
    time.now = 10.0
    fail(breaker)
    assert (breaker.state, breaker.seconds_left) == ("open", 10.0)


@pytest.mark.parametrize("left", [asyncio.CancelledError(), GeneratorExit()])
def test_a_call_that_is_left_says_nothing(breaker, time, left):
    fail(breaker)
    fail(breaker)
    time.now = 10.0
    with pytest.raises(type(left)), breaker.watching():
        raise left
    assert breaker.state == "half_open"


def test_mistakes_of_ours_are_not_held_against_the_endpoint(breaker):
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), breaker.watching():
            raise ZeroDivisionError
    assert breaker.state == "closed"
