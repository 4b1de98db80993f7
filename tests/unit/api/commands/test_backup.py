"""``handrail backup``, and what is there after copying it back."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from agent.audit_report import verify_chain
from agent.sealing import Sealed
from agent.settings import Settings
from tests.acceptance.killed import opened
from tests.acceptance.world import CRISIS, HOMEWORK, SwitchableStore

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(handrail: Run) -> Run:
    """Exit status, stdout and stderr of a command over an installation of its own."""
    return partial(handrail, "backup")


def test_what_was_backed_up_while_turns_were_written_is_there_after_copying_it_back(run: Run, tmp_path: Path):
    settings = Settings(data_dir=tmp_path / "state")

    async def work() -> tuple[str, str]:
        async with opened(settings, SwitchableStore()) as (_, world):
            case = (await world.turn(CRISIS)).case_id
            thread = (await world.turn(HOMEWORK)).thread_id
            # The service goes on while the backup is taken, which runs in a thread as another process would.
            taken = asyncio.create_task(asyncio.to_thread(run, str(tmp_path / "backup")))
            while not taken.done():
                await world.turn(HOMEWORK, thread_id=thread)
            status, shown, told = taken.result()
            assert (status, "the chain holds" in shown) == (0, True), told
            return thread, str(case)

    thread, case = asyncio.run(work())
    assert (tmp_path / "backup" / "secret.key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0

    async def look() -> None:
        restored = Settings(data_dir=tmp_path / "restored")
        shutil.copytree(tmp_path / "backup", restored.data_dir)
        async with opened(restored, SwitchableStore()) as (office, world):
            assert (await verify_chain(office.records, office.sealer.secret)).breaks == ()
            decided = (await office.records.read(kind="decision"))[0]
            assert await office.sealer.unseal(Sealed.model_validate(decided.body["text"])) == CRISIS
            assert (await office.review.show(case, None)).context == CRISIS
            assert (await world.turn(HOMEWORK, thread_id=thread)).thread_id == thread

    asyncio.run(look())


def test_a_backup_writes_over_nothing_and_needs_something_to_copy(run: Run, tmp_path: Path):
    assert "there is no state at" in run(str(tmp_path / "backup"))[2]
    (tmp_path / "state").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    status, _, told = run(str(tmp_path / "full"))
    assert (status, "never writes over" in told) == (2, True)


def test_with_postgresql_the_rest_is_copied_and_the_tool_is_named(run: Run, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", "postgresql://127.0.0.1:9/none")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "secret.key").write_text("x")
    status, _, told = run(str(tmp_path / "backup"))
    assert (status, "pg_dump" in told) == (0, True)
    assert [path.name for path in (tmp_path / "backup").iterdir()] == ["secret.key"]


@pytest.mark.service
async def test_a_dump_of_postgresql_is_a_backup(postgres_url: str, tmp_path: Path, require_service):
    require_service("pg_dump", shutil.which("pg_dump") is not None and shutil.which("psql") is not None)
    settings = Settings.model_validate({"data_dir": tmp_path / "state", "database_url": postgres_url})
    async with opened(settings, SwitchableStore()) as (_, world):
        case = (await world.turn(CRISIS)).case_id
    base, _, schema = postgres_url.partition("?options=-csearch_path%3D")
    await asyncio.to_thread(dumped_and_loaded, base, schema, tmp_path / "dump.sql")
    async with opened(settings, SwitchableStore()) as (office, _):
        assert (await verify_chain(office.records, office.sealer.secret)).breaks == ()
        assert (await office.review.show(str(case), None)).context == CRISIS


def dumped_and_loaded(base: str, schema: str, dump: Path) -> None:
    """The schema is dropped and comes back from its dump."""
    for command in (
        ["pg_dump", "--schema", schema, "--file", str(dump), base],
        ["psql", "-q", base, "-c", f"DROP SCHEMA {schema} CASCADE"],
        ["psql", "-q", "-v", "ON_ERROR_STOP=1", base, "-f", str(dump)],
    ):
        subprocess.run(command, check=True, capture_output=True)
