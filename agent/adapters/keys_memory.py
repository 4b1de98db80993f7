"""API keys in memory: the twin for tests."""

from __future__ import annotations

from datetime import datetime

from agent.access import ApiKey
from agent.errors import RecordsUnavailable


class MemoryKeys:
    """Keeps the keys in a dict. ``fail`` makes every call fail, as a database that is down would."""

    def __init__(self, *keys: ApiKey) -> None:
        self.keys = {key.id: key for key in keys}
        self.fail = False

    async def add(self, key: ApiKey) -> None:
        """See ``agent.ports.Keys``."""
        self._reach()
        self.keys[key.id] = key

    async def get(self, key_id: str) -> ApiKey | None:
        """See ``agent.ports.Keys``."""
        self._reach()
        return self.keys.get(key_id)

    async def all(self) -> list[ApiKey]:
        """See ``agent.ports.Keys``."""
        self._reach()
        return sorted(self.keys.values(), key=lambda key: (key.created_at, key.id))

    async def expire(self, key_id: str, at: datetime, *, revoke: bool) -> bool:
        """See ``agent.ports.Keys``."""
        self._reach()
        key = self.keys.get(key_id)
        if key is None or not key.usable(at):
            return False
        self.keys[key_id] = key.model_copy(update={"revoked_at" if revoke else "expires_at": at})
        return True

    def _reach(self) -> None:
        if self.fail:
            raise RecordsUnavailable("the keys cannot be reached: told to fail")
