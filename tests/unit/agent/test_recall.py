"""A recall: the turns that cited a document, from their outcomes."""

from __future__ import annotations

from datetime import UTC, datetime

from agent.adapters.records_memory import MemoryRecords
from agent.audit import Entry
from agent.recall import affected_turns

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


async def test_turns_that_cited_a_revision_are_found_with_the_sections():
    records = MemoryRecords()

    async def outcome(turn: str, kind: str = "outcome", *cited: tuple[str, str, str]) -> None:
        keys = ("document_id", "revision", "section")
        body = {
            "action": "guide",
            "corpus_release": "0001-a",
            "cited": [dict(zip(keys, c, strict=True)) for c in cited],
        }
        await records.append(Entry(kind=kind, turn_id=turn, thread_id="t", tenant="clinic", at=AT, body=body))

    await outcome("turn_1", "outcome", ("doc", "aaa", "do-now"), ("doc", "aaa", "avoid"), ("other", "ccc", "do-now"))
    await outcome("turn_2", "outcome", ("doc", "bbb", "do-now"))
    await outcome("turn_3", "outcome", ("other", "aaa", "do-now"))
    await outcome("turn_4", "decision", ("doc", "aaa", "do-now"))
    await records.append(Entry(kind="outcome", turn_id="turn_5", thread_id="t", tenant="x", at=AT, body={}))
    every = await records.read()
    (one,) = affected_turns(every, "doc", "aaa")
    assert (one.turn_id, one.tenant, one.revision, one.sections) == ("turn_1", "clinic", "aaa", ("do-now", "avoid"))
    assert [turn.turn_id for turn in affected_turns(every, "doc")] == ["turn_1", "turn_2"]
    assert affected_turns(every, "none") == []
