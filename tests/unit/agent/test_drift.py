"""Whether today's turns look like those of a reference window."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.audit import GENESIS, Entry, append
from agent.drift import EDGES, FEWEST, Drift, Recorded, Turns, Window, read_window, stability
from agent.errors import SettingsError

BINS = len(EDGES) + 1


def window(*scores: float, times: int = 100, refused: int = 0) -> Window:
    turns = Turns()
    for _ in range(times):
        for score in scores:
            turns.take(score, False)
    return turns.window().model_copy(update={"refused": refused})


def test_scores_fall_into_bins_that_are_closer_where_most_turns_are():
    assert window(0.0, 0.01, 0.3, 1.0, times=1).counts == (1, 1, 0, 0, 0, 1, 0, 0, 0, 1)


def test_equal_windows_are_stable_whatever_their_size_and_other_ones_are_not():
    assert stability(window(0.0, 0.3), window(0.0, 0.3)) == 0.0
    assert stability(window(0.0, 0.3), window(0.0, 0.3, times=1_000)) < 0.1
    assert stability(window(0.0, 0.0, 0.0, 0.3), window(0.0, 0.3, 0.3, 0.3)) > 0.25


def test_the_index_is_that_of_its_definition():
    before, now = window(0.0, 0.9), window(0.0, 0.0, 0.0, 0.9)
    smoothed = [[(count + 0.5) / (w.turns + BINS / 2) for count in w.counts] for w in (before, now)]
    expected = sum((a - e) * math.log(a / e) for e, a in zip(*smoothed, strict=True))
    assert stability(before, now) == pytest.approx(expected)


def test_with_too_few_turns_nothing_is_said():
    few = window(0.1, times=FEWEST - 1, refused=3)
    assert stability(few, window(0.1)) is stability(window(0.1), few) is None
    assert few.refusal_rate is None
    assert window(0.1, refused=25).refusal_rate == 0.25


def test_only_the_last_turns_are_current():
    turns = Turns(3)
    for unsafe, refused in ((0.99, True), (0.0, False), (0.0, True), (0.0, False)):
        turns.take(unsafe, refused)
    assert (turns.window().turns, turns.window().refused, turns.window().counts[-1]) == (3, 1, 0)


def test_without_a_reference_the_first_turns_are_one():
    drift = Drift(size=FEWEST)
    for _ in range(FEWEST):
        drift.take(0.0, False)
    assert (drift.reference.turns, drift.current.turns, drift.stability()) == (FEWEST, 0, None)
    for _ in range(FEWEST):
        drift.take(0.9, True)
    assert (drift.reference.refusal_rate, drift.current.refusal_rate) == (0.0, 1.0)
    assert drift.stability() > 0.25


def test_a_given_reference_is_compared_with_from_the_first_turn_on():
    drift = Drift(window(0.0))
    for _ in range(FEWEST):
        drift.take(0.0, False)
    assert drift.stability() == pytest.approx(0.0, abs=0.01)


def test_recorded_turns_count_as_they_ended():
    recorded = Recorded()
    for turn, (unsafe, action) in {"a": (0.9, "refuse"), "b": (0.0, "answer"), "c": (0.3, None)}.items():
        for kind, body in (("decision", {"facts": {"risk": {"unsafe": unsafe}}}), ("outcome", {"action": action})):
            entry = Entry(kind=kind, turn_id=turn, thread_id="t", tenant="x", at=datetime.now(UTC), body=body)
            recorded.take(append(entry, seq=1, prev_hash=GENESIS))
    assert (recorded.window().turns, recorded.window().refused) == (2, 1)


def test_a_window_comes_back_from_its_file(tmp_path: Path):
    path = tmp_path / "reference.json"
    path.write_text(window(0.1, refused=7).model_dump_json())
    assert read_window(path) == window(0.1, refused=7)


@pytest.mark.parametrize("content", [None, "", "[]", '{"counts": [1, 2]}', '{"refused": 1}', '{"counts": "x"}'])
def test_a_file_that_is_no_window_is_named(tmp_path: Path, content: str | None):
    path = tmp_path / "reference.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SettingsError, match=r"reference\.json` cannot be used.*handrail audit reference"):
        read_window(path)
