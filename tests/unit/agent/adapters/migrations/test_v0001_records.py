"""From the database that release 0.1.0 made by itself."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from agent.adapters.database import open_database
from agent.adapters.migrations import HEAD, current
from agent.adapters.records_sql import SqlRecords
from agent.audit import Entry, append, verify
from agent.sealing import Secret
from agent.settings import Settings

RELEASED = """
CREATE TABLE records (
    seq INTEGER NOT NULL, kind VARCHAR(16) NOT NULL, turn_id VARCHAR(64) NOT NULL, thread_id VARCHAR(64) NOT NULL,
    tenant VARCHAR(64) NOT NULL, at VARCHAR(40) NOT NULL, body TEXT NOT NULL, prev_hash VARCHAR(64) NOT NULL,
    hash VARCHAR(64) NOT NULL, PRIMARY KEY (seq), UNIQUE (hash)
);
CREATE INDEX ix_records_kind ON records (kind);
CREATE INDEX ix_records_tenant ON records (tenant);
CREATE INDEX ix_records_thread_id ON records (thread_id);
CREATE INDEX ix_records_turn_id ON records (turn_id);
"""


async def test_the_records_of_the_first_release_stay_and_the_chain_goes_on(tmp_path: Path):
    values = {
        "kind": "decision",
        "turn_id": "turn_1",
        "thread_id": "t",
        "tenant": "default",
        "at": "2026-11-24T09:00:00+00:00",
        "body": {},
    }
    old = append(Entry.model_validate(values), seq=1, prev_hash="0" * 64)
    with sqlite3.connect(tmp_path / "records.db") as connection:
        connection.executescript(RELEASED)
        row = (1, "decision", "turn_1", "t", "default", values["at"], "{}", old.prev_hash, old.hash)
        connection.execute("INSERT INTO records VALUES (?,?,?,?,?,?,?,?,?)", row)
    connection.close()
    async with open_database(Settings(data_dir=tmp_path)) as engine:
        async with engine.connect() as opened:
            assert await opened.run_sync(current) == HEAD
        records = SqlRecords(engine, Secret(bytes(32)))
        await records.append(Entry.model_validate({**values, "turn_id": "turn_2"}))
        read = await records.read()
        await records.close()
    assert read[0] == old
    assert [record.turn_id for record in read] == ["turn_1", "turn_2"]
    assert verify(read) == []
