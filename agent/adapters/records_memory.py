"""Records in memory: the twin for tests."""

from __future__ import annotations

from agent.audit import GENESIS, Entry, Record, append
from agent.errors import RecordsUnavailable


class MemoryRecords:
    """Keeps the chain in a list. ``fail`` makes every write fail, as a full disk would."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.fail = False

    async def append(self, entry: Entry) -> Record:
        """See ``agent.ports.Records``."""
        if self.fail:
            raise RecordsUnavailable("the records cannot be written: told to fail")
        prev = self.records[-1].hash if self.records else GENESIS
        record = append(entry, seq=len(self.records) + 1, prev_hash=prev)
        self.records.append(record)
        return record

    async def read(self, *, turn_id: str | None = None, limit: int | None = None) -> list[Record]:
        """See ``agent.ports.Records``."""
        found = [record for record in self.records if turn_id is None or record.turn_id == turn_id]
        return found[:limit]

    async def close(self) -> None:
        """Nothing to release."""
