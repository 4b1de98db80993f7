"""What the records tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.adapters.records_memory import MemoryRecords
from agent.audit import Entry, Record
from agent.audit_report import Stats, ocsf, pages, verify_chain
from agent.sealing import Secret

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECRET = Secret(bytes(32))


def entry(n: int = 0, kind: str = "decision", **body: Any) -> Entry:
    return Entry.model_validate(
        {
            "kind": kind,
            "turn_id": f"turn_{n}",
            "thread_id": "t",
            "tenant": "acme" if n % 2 else "other",
            "subject": f"s{n % 2}",
            "at": NOW + timedelta(hours=n),
            "body": body,
        }
    )


async def chain(*entries: Entry) -> MemoryRecords:
    records = MemoryRecords(SECRET)
    for each in entries:
        await records.append(each)
    return records


async def test_a_whole_chain_has_no_breaks():
    found = await verify_chain(await chain(entry(1), entry(2)), SECRET)
    assert found == (2, 1, 2, ())
    assert await verify_chain(await chain(), SECRET) == (0, None, None, ())


async def test_a_checkpoint_kept_elsewhere_finds_a_chain_that_was_signed_anew():
    before = await chain(entry(1), entry(2), entry(3))
    kept = SECRET.mark("checkpoint", 2, before.records[1].hash)
    assert (await verify_chain(before, SECRET, (kept,))).breaks == ()
    rewritten = await chain(entry(1), entry(8), entry(3))
    (found,) = (await verify_chain(rewritten, SECRET, (kept,))).breaks
    assert (found.seq, found.problem) == (2, "is not the record that the checkpoint was made of")
    (found,) = (await verify_chain(await chain(entry(1)), SECRET, (kept,))).breaks
    assert (found.seq, found.problem) == (2, "of the checkpoint is missing")


async def test_a_checkpoint_of_a_record_whose_time_is_over_is_fine_and_a_forged_one_is_not():
    records = await chain(entry(1), entry(2), entry(3))
    kept = SECRET.mark("checkpoint", 1, records.records[0].hash)
    await records.forget(SECRET.mark("anchor", 2, records.records[1].hash))
    assert (await verify_chain(records, SECRET, (kept,))).breaks == ()
    forged = kept.model_copy(update={"seq": 3})
    assert len((await verify_chain(records, SECRET, (forged,))).breaks) == 2


async def test_records_are_chosen_by_tenant_kind_and_time():
    records = await chain(entry(1), entry(2, "outcome"), entry(3), entry(4))

    async def chosen(**by: Any) -> list[int]:
        return [record.seq async for record in pages(records, **by)]

    assert await chosen() == [1, 2, 3, 4]
    assert await chosen(tenant="acme") == [1, 3]
    assert await chosen(kind="outcome") == [2]
    assert await chosen(since=NOW + timedelta(hours=2), until=NOW + timedelta(hours=4)) == [2, 3]


@pytest.mark.parametrize(
    ("action", "disposition", "severity"), [("answer", 1, 1), ("guide", 2, 2), ("refuse", 2, 3), ("escalate", 2, 4)]
)
async def test_a_decision_in_ocsf_has_what_the_class_requires(action: str, disposition: int, severity: int):
    (record,) = (await chain(entry(1, action=action, rule_ids=["a", "b"], policy_version="v"))).records
    event = ocsf(record)
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    assert {"category_uid", "time", "severity_id", "metadata", "actor", "api", "src_endpoint"} <= set(event)
    assert (event["disposition_id"], event["severity_id"]) == (disposition, severity)
    assert event["policy"] == {"uid": "a, b", "version": "v"}
    assert event["time"] == int(record.at.timestamp() * 1000)
    assert (event["metadata"]["uid"], event["metadata"]["sequence"]) == (record.hash, 1)


async def test_a_failed_outcome_in_ocsf_is_a_failure():
    (record,) = (await chain(entry(1, "outcome", outcome="failed"))).records
    assert (ocsf(record)["status_id"], "disposition_id" in ocsf(record)) == (2, False)


async def test_a_change_in_ocsf_names_who_made_it_and_has_no_empty_members():
    change = entry(1, "policy", event="publish", actor="Ana", by="key:console").model_copy(
        update={"turn_id": "", "thread_id": "", "subject": None}
    )
    event = ocsf((await chain(change)).records[0])
    assert event["actor"] == {"user": {"name": "Ana"}}
    assert "correlation_uid" not in event["metadata"]
    assert ocsf((await chain(entry(1, "case", by="bo"))).records[0])["actor"]["user"] == {"name": "bo"}


async def test_the_sums():
    stats = Stats()
    facts = {"risk": {"domain": "medical"}}
    records: list[Record] = (
        await chain(
            entry(1, action="refuse", decided_by=["r"], facts=facts, text={"how": "redacted"}),
            entry(2, action="answer", decided_by=[], facts=facts, conversation={"move": "accepted"}),
            entry(2, "outcome", outcome="replaced", next_steps=3, checks={"secrets": "passed", "no_dosage": "held"}),
        )
    ).records
    for record in records:
        stats.take(record)
    sums = stats.as_dict()
    assert (sums["records"], sums["subjects"]) == (3, 2)
    assert sums["kind"] == {"decision": 2, "outcome": 1}
    assert sums["action"] == {"refuse": 1, "answer": 1}
    assert sums["rule"] == {"r": 1}
    assert sums["check_held"] == {"no_dosage": 1}
    assert sums["move"] == {"new": 1, "accepted": 1}
    assert sums["next_step"] == {"accepted": 1, "replies with steps": 1}
    assert sums["text"] == {"redacted": 1, "none": 1}
    assert sums["first"] < sums["last"]


async def test_calls_to_models_are_summed_by_role_and_endpoint():
    used = {"role": "answer", "endpoint": "a", "outcome": "answered", "input_tokens": 10, "output_tokens": 2}
    records = await chain(
        entry(1, "outcome", outcome="delivered", models=[{**used, "cost": 0.5}, {**used, "outcome": "failed"}]),
        entry(2, "outcome", outcome="delivered"),
        entry(3, "outcome", outcome="delivered", models=[used, {**used, "role": "guard"}]),
    )
    stats = Stats()
    for record in await records.read():
        stats.take(record)
    assert stats.as_dict()["models"] == {
        "answer a": {"calls": 3, "failed": 1, "input_tokens": 30, "output_tokens": 6, "cost": 0.5},
        "guard a": {"calls": 1, "failed": 0, "input_tokens": 10, "output_tokens": 2, "cost": 0.0},
    }
