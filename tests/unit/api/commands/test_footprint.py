"""The collector during and after the start."""

from __future__ import annotations

import gc

import pytest

from api.commands.footprint import settle, starting


def test_nothing_is_collected_while_starting() -> None:
    with starting():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_start_that_fails_leaves_the_collector_on() -> None:
    with pytest.raises(ZeroDivisionError), starting():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_what_is_alive_is_not_looked_at_again() -> None:
    before = gc.get_freeze_count()
    kept: list[object] = [[], {}]
    settle()
    try:
        assert gc.get_freeze_count() > before
        assert all(found is not kept for found in gc.get_objects())
    finally:
        gc.unfreeze()
