"""Revisions that must not be served now, whatever release holds them; read again whenever the library changes."""

from __future__ import annotations

from corpora.store import CorpusStore


class Withdrawals:
    """What searches leave out. Give ``current`` to a ``Searcher``."""

    def __init__(self, store: CorpusStore) -> None:
        self._store = store
        self._revisions: frozenset[str] = frozenset()
        self._version = -1

    def current(self) -> frozenset[str]:
        """Barred revisions as of the last refresh."""
        return self._revisions

    async def refresh(self) -> bool:
        """``current`` holds what the store says now. True when the library has changed since the last refresh.

        Raises ``CorpusStoreUnavailable``; then ``current`` stays what it was, so a withdrawal is never forgotten.
        """
        async with self._store.reading() as ledger:
            version = await ledger.version()
            if version == self._version:
                return False
            self._revisions = await ledger.barred()
        self._version = version
        return True
