"""How often a caller may ask: a sliding window for each caller, in this process or in Redis where replicas share it."""

from __future__ import annotations

import logging
import math
import time
from typing import TYPE_CHECKING, Final

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from agent.access import Principal
from agent.settings import Settings
from api.problems import Problem

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

logger = logging.getLogger(__name__)

_NAMESPACE: Final = "handrail"


class RateLimits:
    """Counts the requests of callers."""

    def __init__(self, settings: Settings) -> None:
        self._default = settings.rate_limit
        self._parsed: dict[str, RateLimitItem] = {}
        self._pool: ConnectionPool | None = None
        storage: MemoryStorage | RedisStorage = MemoryStorage()
        if settings.redis_url is not None:
            from redis.asyncio import ConnectionPool  # 6 MB that only those who share limits pay for

            url = settings.redis_url.get_secret_value()
            self._pool = ConnectionPool.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0)
            storage = RedisStorage(
                f"async+{url}",
                wrap_exceptions=True,
                implementation="redispy",
                key_prefix=_NAMESPACE,
                connection_pool=self._pool,  # type: ignore[arg-type]  # handed on to the client as it is
            )
        self._limiter = SlidingWindowCounterRateLimiter(storage)

    async def take(self, principal: Principal) -> None:
        """One request of this caller is counted.

        A Redis that is down does not stop the service: what it guards against is a busy caller, not a wrong answer.

        Raises:
            Problem: it has no request left for now (429).
        """
        rate = principal.rate_limit or self._default
        item = self._parsed.setdefault(rate, parse(rate))
        try:
            if await self._limiter.hit(item, principal.name):
                return
            reset = (await self._limiter.get_window_stats(item, principal.name)).reset_time
        except StorageError as error:
            logger.warning(
                "rate limits not counted", extra={"action": "rate_limits_down", "cause": type(error).__name__}
            )
            return
        wait = max(1, math.ceil(reset - time.time()))
        raise Problem(
            429,
            "rate_limited",
            f"`{principal.name}` may send {item}; try again in {wait} s",
            title="Too many requests",
            headers={"Retry-After": str(wait)},
        )

    async def close(self) -> None:
        """Connections are closed."""
        if self._pool is not None:
            await self._pool.disconnect()
