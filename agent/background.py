"""Work beside the turns: it runs for as long as a context is open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from agent.errors import RecordsUnavailable

logger = logging.getLogger(__name__)


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    """The work runs while the context is open and has ended afterwards; an error that ended it early is logged then."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        (ended,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(ended, Exception):
            logger.error("background work ended early", exc_info=ended, extra={"action": "work_ended", "work": name})


async def looking(look: Callable[[], Awaitable[object]], every_s: float, failed: Callable[[Exception], None]) -> None:
    """Look again and again, with ``every_s`` between. While the records are out of reach, ``failed`` hears of it once."""
    failing = False
    while True:
        try:
            await look()
            failing = False
        except RecordsUnavailable as error:
            if not failing:
                failed(error)
            failing = True
        await asyncio.sleep(every_s)
