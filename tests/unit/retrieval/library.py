"""A library with a publisher over a store on disk; also run as a process that is killed in the middle of a publish."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import create_async_engine

from corpora.curation import Curation
from corpora.folders import Incoming
from corpora.lifecycle import Actor
from corpora.review_rules import load_review_rules
from corpora.store import CorpusStore
from retrieval.adapters.edge import EdgeStore
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.models import SearchFilter
from retrieval.ports import VectorStore
from retrieval.publisher import Publisher
from retrieval.search import Searcher
from retrieval.withdrawals import Withdrawals
from tests.unit.retrieval.conftest import TEMPLATE

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANA = Actor(name="Ana", role="editor")
BO = Actor(name="Bo", role="reviewer")
CY = Actor(name="Cy", role="clinical_reviewer")
PAT = Actor(name="Pat", role="publisher")


class Library:
    """A store of documents, a store of vectors, and what works on them."""

    def __init__(self, store: CorpusStore, vectors: VectorStore, embedder: HashingEmbedder | None = None) -> None:
        self.store = store
        self.vectors = vectors
        self.embedder = embedder or HashingEmbedder(64)
        self.curation = Curation(store, load_review_rules(), lambda: NOW)
        self.publisher = Publisher(store, vectors, lambda: self.embedder, self.curation)
        self.withdrawals = Withdrawals(store)
        self.searcher = Searcher(vectors, excluded=self.withdrawals.current)

    async def bring(self, name: str, text: str = "Some text about it.", *, approve: bool = True) -> str:
        """The name of a new revision, approved unless told otherwise."""
        values = {"id": f"med-{name}", "title": name, "facets": "emergency", "locale": "en", "keywords": name}
        document = TEMPLATE.format(**values, status="draft", text=text)
        report = await self.curation.import_files([Incoming(f"{name}.md", document.encode())], ANA)
        (done,) = report.documents
        if approve:
            await self.curation.submit(done.document_id, done.revision, ANA)
            await self.curation.approve(done.document_id, done.revision, BO)
            await self.curation.approve(done.document_id, done.revision, CY)
        return f"{done.document_id}@{done.revision}"

    async def states(self) -> dict[str, str]:
        """Status by ``DOC@REV``."""
        return {f"{r.document_id}@{r.revision}": r.status.value for r in await self.curation.revisions()}

    async def found(self, query: str) -> list[str]:
        """``DOC@REV`` of what a search finds."""
        vector = self.embedder.embed([query])[0]
        hits = (await self.searcher.search(query, vector, SearchFilter(today=date(2026, 11, 24)))).hits
        return list(dict.fromkeys(f"{hit.section.document_id}@{hit.section.revision}" for hit in hits))

    async def serving(self) -> str:
        """Id of the served release; empty when there is none."""
        release = (await self.vectors.health()).release
        return release.id if release else ""


@asynccontextmanager
async def open_library(folder: Path, vectors: VectorStore | None = None) -> AsyncIterator[Library]:
    """The library under ``folder``, made when missing."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'library.db'}", connect_args={"timeout": 10})
    store = CorpusStore(engine)
    await store.open()
    try:
        yield Library(store, vectors or EdgeStore(folder / "index"))
    finally:
        await engine.dispose()


class KilledAt(EdgeStore):
    """A store whose process is killed when it reaches a moment: ``before`` or ``after`` the switch."""

    moment = "before"

    async def activate(self, release_id: str) -> None:
        if self.moment == "after":
            await super().activate(release_id)
        os.kill(os.getpid(), signal.SIGKILL)


async def _publish_and_die(folder: Path, moment: str) -> None:
    vectors = KilledAt(folder / "index")
    vectors.moment = moment
    async with open_library(folder, vectors) as library:
        await library.publisher.publish(PAT, "a crash")


if __name__ == "__main__":
    asyncio.run(_publish_and_die(Path(sys.argv[1]), sys.argv[2]))
