"""From a chain without subjects and without a signed head."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text

from agent.adapters.migrations import HEAD, upgrade
from agent.adapters.records_sql import SqlRecords
from agent.audit import GENESIS, Entry, append, verify
from agent.sealing import Secret
from tests.unit.agent.adapters.migrations.conftest import AtStep

SECRET = Secret(bytes(32))
INSERT = (
    "INSERT INTO records (seq, kind, turn_id, thread_id, tenant, at, body, prev_hash, hash) "
    "VALUES (:seq, :kind, :turn_id, :thread_id, :tenant, '2026-11-24T09:00:00+00:00', '{}', :prev_hash, :hash)"
)


async def test_the_chain_goes_on_under_a_signed_head(at_step: AtStep):
    entry = Entry(
        kind="decision", turn_id="a", thread_id="t", tenant="x", at=datetime(2026, 11, 24, 9, tzinfo=UTC), body={}
    )
    first = append(entry, seq=1, prev_hash=GENESIS)
    second = append(entry, seq=2, prev_hash=first.hash)
    async with at_step("0002") as engine:
        async with engine.begin() as connection:
            await connection.execute(text(INSERT), [first.model_dump(), second.model_dump()])
            await connection.run_sync(upgrade, HEAD)
        records = SqlRecords(engine, SECRET)
        await records.append(entry.model_copy(update={"subject": "s"}))
        read = await records.read()
        assert read[:2] == [first, second]
        assert verify(read, await records.marks(), SECRET) == []
        await records.close()
