"""The chain of records."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.audit import GENESIS, Entry, Record, append, canonical, verify

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def entry(n: int = 0, **changes: object) -> Entry:
    values = {
        "kind": "decision",
        "turn_id": f"turn_{n}",
        "thread_id": "t",
        "tenant": "default",
        "at": AT,
        "body": {"n": n},
    }
    return Entry.model_validate({**values, **changes})


def chain(length: int) -> list[Record]:
    records: list[Record] = []
    for n in range(length):
        prev = records[-1].hash if records else GENESIS
        records.append(append(entry(n), seq=n + 1, prev_hash=prev))
    return records


@given(st.integers(0, 8))
def test_an_untouched_chain_holds(length):
    assert verify(chain(length)) == []


@given(
    st.integers(0, 5),
    st.sampled_from(["kind", "turn_id", "thread_id", "tenant", "at", "body", "hash", "prev_hash", "seq"]),
)
def test_any_edit_breaks_it(place, field):
    records = chain(6)
    changes = {"kind": "outcome", "at": AT + timedelta(seconds=1), "body": {"n": 99}, "seq": 42}
    records[place] = records[place].model_copy(update={field: changes.get(field, "f" * 64)})
    assert verify(records)


@given(st.integers(0, 4))
def test_a_missing_record_breaks_it(place):
    records = chain(6)
    del records[place]
    (found, *_) = verify(records)
    assert (found.seq, "missing" in found.problem) == (place + 1, True)


@given(st.integers(0, 5), st.integers(0, 5))
def test_two_records_that_changed_places_break_it(a, b):
    records = chain(6)
    records[a], records[b] = records[b], records[a]
    assert bool(verify(records)) == (a != b)


def test_an_edit_with_a_new_hash_still_breaks_the_record_after_it():
    records = chain(3)
    records[1] = append(entry(99), seq=2, prev_hash=records[0].hash)
    assert [(found.seq, found.problem) for found in verify(records)] == [(3, "does not follow the record before it")]


def test_the_same_moment_in_another_zone_gives_the_same_bytes():
    there = AT.astimezone(timezone(timedelta(hours=8)))
    assert canonical(entry(at=there), 1) == canonical(entry(), 1)
    assert json.loads(canonical(entry(), 1))["at"] == "2026-11-24T09:00:00+00:00"


def test_the_order_of_keys_does_not_matter():
    assert canonical(entry(body={"a": 1, "b": 2}), 1) == canonical(entry(body={"b": 2, "a": 1}), 1)


def test_a_time_without_a_zone_is_no_time():
    with pytest.raises(ValidationError, match="timezone"):
        entry(at=datetime(2026, 1, 1))
