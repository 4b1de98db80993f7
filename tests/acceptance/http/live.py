"""A world behind a real server on 127.0.0.1, for clients that speak HTTP."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple, TypeVar

import uvicorn

from agent.adapters.answers_memory import MemoryAnswers
from agent.adapters.keys_memory import MemoryKeys
from agent.adapters.policy_files import WatchedPolicies
from agent.bootstrap import version_store
from agent.desk import Desk
from agent.feedback import Feedback
from agent.metrics import Metrics
from agent.replays import Replays
from agent.settings import Settings
from api.app import create_app
from retrieval.adapters.memory import MemoryStore
from tests.acceptance.world import POLICIES, SwitchableStore, World
from tests.unit.api.fakes import EmptyDesk
from tests.unit.retrieval.library import Library, open_library

T = TypeVar("T")


class Check(NamedTuple):
    """State of a dependency."""

    ok: bool
    detail: str


class WorldService:
    """The world as the application sees a service."""

    def __init__(self, world: World, settings: Settings) -> None:
        self.world = world
        self.settings = settings
        self.runner = world.runner
        self.screener = world.screener
        self.keys = MemoryKeys()
        self.review = world.review()
        self.feedback = Feedback(
            records=world.records,
            cases=world.cases,
            sealer=world.deps.sealer,
            clock=world.deps.clock,
            review_share=1.0,
        )
        self.records = world.records
        self.replays = Replays(MemoryAnswers(), world.deps.sealer.secret, world.deps.clock)
        self.metrics = Metrics()
        self.desk: Any = EmptyDesk()
        self.policies = WatchedPolicies(version_store(settings), settings.policies_dir)

    async def versions(self) -> dict[str, str | None]:
        """What decides."""
        return {"policies": POLICIES.version}

    async def readiness(self) -> dict[str, Check]:
        """Ready while the store is in reach."""
        down = self.world.store.down
        return {"guidance": Check(not down, "the store is out of reach" if down else "ok")}


def desk_of(library: Library, world: World) -> Desk:
    """The desk of a library with a database of its own."""
    return Desk(
        library.curation,
        library.publisher,
        library.withdrawals,
        library.searcher,
        world.records,
        lambda: library.embedder,
        world.deps.sealer,
    )


class Live:
    """A running server. ``world`` is what it serves."""

    def __init__(self, store: SwitchableStore, parts: dict[str, Any]) -> None:
        self._store = store
        self._close: Callable[[], Coroutine[Any, Any, None]] | None = parts.pop("close", None)
        """Closes what the parts hold, in the loop of the server."""
        self._parts = parts
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        settings = parts.pop("settings", None) or Settings(max_body_bytes=2_000_000)
        self._settings = settings
        self._library_dir = parts.pop("library_dir", None)
        app = self._app = create_app(self._service, settings)
        config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: self._server.run(sockets=[self._socket]), name="live")
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the server did not start")
            time.sleep(0.005)

    @asynccontextmanager
    async def _service(self) -> AsyncIterator[WorldService]:
        self.loop = asyncio.get_running_loop()
        self.world = World(self._store, **self._parts)
        self.service = WorldService(self.world, self._settings)
        async with AsyncExitStack() as stack:
            if self._library_dir is not None:
                opened = await stack.enter_async_context(open_library(self._library_dir, MemoryStore()))
                self.service.desk = desk_of(opened, self.world)
            yield self.service
        await self.world.runner.close()
        if self._close is not None:
            await self._close()

    def call(self, action: Callable[[], object]) -> None:
        """Run in the loop of the server, e.g. set an ``asyncio.Event``."""
        self.loop.call_soon_threadsafe(action)

    def ask(self, question: Coroutine[Any, Any, T]) -> T:
        """What the coroutine gives in the loop of the server."""
        return asyncio.run_coroutine_threadsafe(question, self.loop).result(10)

    def stop(self) -> None:
        """The server has ended."""
        self._server.should_exit = True
        self.call(self._app.state.stopping.set)
        self._thread.join(20)
        self._socket.close()
