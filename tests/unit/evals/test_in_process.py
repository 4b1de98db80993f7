"""The service on a copy of its state."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest

from agent.readiness import Check
from agent.settings import Settings
from evals.errors import TargetError
from evals.in_process import opened_copy


class _Service(NamedTuple):
    settings: Settings
    guidance: Check

    async def readiness(self) -> dict[str, Check]:
        return {"guidance": self.guidance}


def _opening(monkeypatch: pytest.MonkeyPatch, guidance: Check) -> None:
    @asynccontextmanager
    async def open_service(settings: Settings) -> AsyncIterator[_Service]:
        yield _Service(settings, guidance)

    monkeypatch.setattr("agent.bootstrap.open_service", open_service)


async def test_the_copy_has_no_records_and_is_gone_afterwards(tmp_path, monkeypatch):
    for name in ("records.db", "threads.db-wal", "other"):
        (tmp_path / name).write_text("kept")
    _opening(monkeypatch, Check(True, "release 1"))
    settings = Settings.model_validate({"data_dir": tmp_path, "database_url": "postgresql://x/y"})
    async with opened_copy(settings) as service:
        opened = service.settings
        assert [path.name for path in opened.data_dir.iterdir()] == ["other"]
        assert opened.database_url is None
    assert not opened.data_dir.exists()
    assert (tmp_path / "records.db").read_text() == "kept"


async def test_nothing_is_measured_without_guidance(tmp_path, monkeypatch):
    _opening(monkeypatch, Check(False, "no guidance has been published yet"))
    with pytest.raises(TargetError, match=r"nothing was measured.*no guidance has been published yet"):
        async with opened_copy(Settings.model_validate({"data_dir": tmp_path})):
            pytest.fail("a service without guidance was opened")
