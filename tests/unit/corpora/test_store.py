"""What the store says when its database cannot be used; its promises are in tests/contract/test_corpus_store.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from corpora.errors import CorpusStoreUnavailable
from corpora.store import CorpusStore


async def test_a_database_that_is_none_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_text("not a database at all, but some text\n" * 20)
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'library.db'}")
    with pytest.raises(CorpusStoreUnavailable, match="the library's database cannot be used: file is not a database"):
        await CorpusStore(engine).open()
    await engine.dispose()


async def test_opening_twice_changes_nothing(store: CorpusStore) -> None:
    await store.open()
    async with store.reading() as ledger:
        assert (await ledger.version(), await ledger.standings()) == (0, [])
