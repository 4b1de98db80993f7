"""The service on a copy of its state."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent.settings import Settings
from evals.in_process import opened_copy


async def test_the_copy_has_no_records_and_is_gone_afterwards(tmp_path, monkeypatch):
    for name in ("records.db", "threads.db-wal", "other"):
        (tmp_path / name).write_text("kept")

    @asynccontextmanager
    async def open_service(settings: Settings) -> AsyncIterator[Settings]:
        yield settings

    monkeypatch.setattr("agent.bootstrap.open_service", open_service)
    async with opened_copy(
        Settings.model_validate({"data_dir": tmp_path, "database_url": "postgresql://x/y"})
    ) as opened:
        assert [path.name for path in opened.data_dir.iterdir()] == ["other"]
        assert opened.database_url is None
    assert not opened.data_dir.exists()
    assert (tmp_path / "records.db").read_text() == "kept"
