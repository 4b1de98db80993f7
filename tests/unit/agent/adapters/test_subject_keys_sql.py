"""A destroyed key is nowhere in the files; the promises of the port are in tests/contract/test_records.py."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from agent.adapters.database import open_database
from agent.adapters.records_sql import SqlRecords
from agent.adapters.subject_keys_sql import SqlSubjectKeys
from agent.audit import Entry
from agent.errors import RecordsUnavailable
from agent.sealing import Secret
from agent.settings import Settings

SECRET = Secret(bytes(32))


def holds(folder: Path, text: str) -> bool:
    return any(text.encode() in path.read_bytes() for path in folder.iterdir())


async def test_a_destroyed_key_is_in_no_page_and_not_in_the_log(tmp_path: Path):
    key = SECRET.new_key("acme", "ana")
    async with open_database(Settings(data_dir=tmp_path)) as engine:
        records = SqlRecords(engine, SECRET)
        entry = Entry(kind="decision", turn_id="", thread_id="", tenant="acme", at=datetime.now(UTC), body={})
        await records.append(entry, [key])
        assert holds(tmp_path, key.wrapped)
        await SqlSubjectKeys(engine).destroy("acme", "ana")
        assert not holds(tmp_path, key.wrapped)
        await records.close()


async def test_keys_out_of_reach_are_an_error(storage: Settings):
    async with open_database(storage) as engine:
        async with engine.begin() as connection:
            await connection.execute(text("DROP TABLE subject_keys"))
        keys = SqlSubjectKeys(engine)
        for call in (keys.find("a", "b"), keys.get("a"), keys.destroy("a", "b")):
            with pytest.raises(RecordsUnavailable, match="keys of persons"):
                await call
