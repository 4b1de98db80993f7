"""The copy of the state, while somebody uses the original."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from evals.state import copy_state


def test_records_and_threads_are_left_and_all_else_is_copied(tmp_path):
    original = tmp_path / "state"
    (original / "cache").mkdir(parents=True)
    for name in ("records.db", "threads.db-wal", "cache/other"):
        (original / name).write_text("kept")
    copy_state(original, tmp_path / "copy")
    assert [path.relative_to(tmp_path / "copy").as_posix() for path in sorted((tmp_path / "copy").rglob("*"))] == [
        "cache",
        "cache/other",
    ]
    assert (tmp_path / "copy" / "cache" / "other").read_text() == "kept"


def test_where_there_is_no_state_there_is_no_copy(tmp_path):
    copy_state(tmp_path / "state", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_database_is_copied_whole_while_somebody_writes_to_it(tmp_path):
    path = tmp_path / "state" / "cache" / "embeddings.sqlite"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE embeddings (key INTEGER PRIMARY KEY, vector BLOB)")
        writer.executemany("INSERT INTO embeddings (vector) VALUES (?)", [(b"x" * 2000,)] * 200)
        writer.commit()  # stays in the write-ahead log, which is not copied
        writer.execute("INSERT INTO embeddings (vector) VALUES (?)", (b"not yet",))
        copy_state(tmp_path / "state", tmp_path / "copy")
        with closing(sqlite3.connect(tmp_path / "copy" / "cache" / "embeddings.sqlite")) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert copy.execute("SELECT COUNT(*) FROM embeddings").fetchone() == (200,)


def test_a_database_that_stays_locked_is_copied_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr("evals.state.PATIENCE", 0.2)
    (tmp_path / "state").mkdir()
    path = tmp_path / "state" / "embeddings.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("CREATE TABLE embeddings (key INTEGER PRIMARY KEY)")
        writer.execute("BEGIN EXCLUSIVE")
        copy_state(tmp_path / "state", tmp_path / "copy")
        assert (tmp_path / "copy" / "embeddings.sqlite").stat().st_size == path.stat().st_size


def test_a_broken_database_is_copied_as_it_is(tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "embeddings.sqlite").write_text("junk")
    copy_state(tmp_path / "state", tmp_path / "copy")
    assert (tmp_path / "copy" / "embeddings.sqlite").read_text() == "junk"
