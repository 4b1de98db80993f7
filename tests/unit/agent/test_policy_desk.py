"""Changes of the policies in force, and their records."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.adapters.records_memory import MemoryRecords
from agent.errors import RecordsUnavailable
from agent.policy_desk import PolicyDesk
from policies.errors import StoreError, UnknownVersionError
from policies.store import Canary, State, VersionStore
from tests.unit.policies.trees import tiny_sources

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> VersionStore:
    return VersionStore(tmp_path / "policies")


@pytest.fixture
def version(store: VersionStore) -> str:
    return store.add(tiny_sources({"when": "true"}), actor="Ana", note="", now=NOW)


@pytest.fixture
def records() -> MemoryRecords:
    return MemoryRecords()


@pytest.fixture
def desk(store: VersionStore, records: MemoryRecords) -> PolicyDesk:
    return PolicyDesk(store, records, actor="Ana", via="key:console")


async def test_every_change_is_made_and_on_record(
    desk: PolicyDesk, store: VersionStore, records: MemoryRecords, version: str
):
    assert (await desk.shadow(version, "a look")).shadow == version
    assert (await desk.canary(Canary(version=version, share=0.1), "")).canary is not None
    assert (await desk.publish(version, "stricter")).live == version
    assert (await desk.roll_back(None, "too strict")).live is None
    assert (await desk.roll_back(version, "")).live == version
    assert (await desk.roll_back("disk", "")).live is None
    assert (await desk.shadow(None, "")).shadow is None
    assert (await desk.canary(None, "")).canary is None
    bodies = [record.body for record in records.records]
    assert {(record.kind, record.tenant) for record in records.records} == {("policy", "*")}
    assert {(body["actor"], body["by"]) for body in bodies} == {("Ana", "key:console")}
    assert [(body["event"], body["version"], body["live_before"]) for body in bodies] == [
        ("shadow", version, None),
        ("canary", version, None),
        ("publish", version, None),
        ("rollback", None, version),
        ("rollback", version, None),
        ("rollback", None, version),
        ("shadow", None, None),
        ("canary", None, None),
    ]
    assert (bodies[1]["share"], bodies[2]["note"]) == (0.1, "stricter")


async def test_a_change_that_cannot_be_put_on_record_is_not_made(
    desk: PolicyDesk, store: VersionStore, records: MemoryRecords, version: str
):
    records.fail = True
    with pytest.raises(RecordsUnavailable):
        await desk.publish(version, "")
    assert store.state() == State()


async def test_a_change_that_cannot_be_made_is_not_on_record(desk: PolicyDesk, records: MemoryRecords, version: str):
    with pytest.raises(StoreError, match="nothing has been published"):
        await desk.roll_back(None, "")
    for wrong in (desk.publish("0" * 12, ""), desk.roll_back("0" * 12, ""), desk.shadow("../x", "")):
        with pytest.raises(UnknownVersionError):
            await wrong
    assert records.records == []
