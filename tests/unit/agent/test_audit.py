"""The chain of records."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.audit import GENESIS, Entry, Record, append, body_text, canonical, verify

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


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4), TEXTS, TEXTS, st.none() | TEXTS)
def test_what_is_hashed_is_one_json_object_with_sorted_keys_and_no_spaces(body, turn_id, tenant, subject):
    record = entry(body=body, turn_id=turn_id, tenant=tenant, subject=subject)
    plain = {**record.model_dump(exclude_none=True), "body": body, "at": AT.isoformat(), "seq": 7}
    expected = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert canonical(record, 7) == canonical(record, 7, body_text(body)) == expected


def test_hashes_of_the_first_release_hold():
    record = append(entry(3, body={"text": "拒绝 \n", "n": 1.5}), seq=3, prev_hash=GENESIS)
    assert record.hash == "0bf93dcac07b32466651a71b107415f8e2c3fc55b962bd9b09ffabcfadc3f753"


def test_a_time_without_a_zone_is_no_time():
    with pytest.raises(ValidationError, match="timezone"):
        entry(at=datetime(2026, 1, 1))
