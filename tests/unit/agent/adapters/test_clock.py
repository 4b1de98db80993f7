"""Clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from agent.adapters.clock import FixedClock, SystemClock


def test_the_clock_of_the_machine_gives_utc_and_goes_forward():
    first, second = SystemClock().now(), SystemClock().now()
    assert first.utcoffset() == timedelta(0)
    assert second >= first


def test_a_fixed_clock_stands_still():
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    clock = FixedClock(moment)
    assert clock.now() == clock.now() == moment
