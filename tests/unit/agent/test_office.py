"""What is kept, opened from the settings: on SQLite and PostgreSQL, by the secret that signed it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.audit import Entry
from agent.errors import SettingsError
from agent.office import open_back_office, open_records, require_folder
from agent.settings import Settings


def entry() -> Entry:
    return Entry(kind="access", turn_id="", thread_id="", tenant="acme", at=datetime.now(UTC), body={})


async def test_what_was_kept_is_there_again(storage: Settings):
    async with open_back_office(storage) as office:
        written = await office.records.append(entry())
        assert (await office.review.metrics(None)).open == (await office.feedback().report(None)).turns == 0
    async with open_records(storage) as records:
        assert await records.read() == [written]


async def test_records_of_another_secret_are_refused(storage: Settings):
    async with open_records(storage) as records:
        await records.append(entry())
    other = storage.model_copy(update={"data_dir": storage.data_dir / "other"})
    if storage.database_url is None:
        (storage.data_dir / "secret.key").unlink()
        other = storage
    with pytest.raises(SettingsError, match=r"signed with the key `\w{16}`.*restore `secret.key`"):
        async with open_back_office(other):
            pytest.fail("opened with a secret that did not sign the records")


def test_a_data_directory_that_cannot_be_one_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingsError, match=r"HANDRAIL_DATA_DIR.*name another one"):
        require_folder(tmp_path / "file" / "var")
