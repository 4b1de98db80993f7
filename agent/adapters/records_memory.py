"""Records and the keys of persons in memory: the twins for tests."""

from __future__ import annotations

from collections.abc import Sequence

from agent.audit import GENESIS, Entry, Mark, Marks, Record, Signer, SubjectKey, append
from agent.errors import RecordsUnavailable
from agent.sealing import Secret


class MemorySubjectKeys:
    """Keeps the keys in a dict."""

    def __init__(self) -> None:
        self.keys: dict[str, SubjectKey] = {}

    async def find(self, tenant: str, subject: str) -> SubjectKey | None:
        """See ``agent.ports.SubjectKeys``."""
        return next((k for k in self.keys.values() if (k.tenant, k.subject) == (tenant, subject)), None)

    async def get(self, key_id: str) -> SubjectKey | None:
        """See ``agent.ports.SubjectKeys``."""
        return self.keys.get(key_id)

    async def destroy(self, tenant: str, subject: str) -> int:
        """See ``agent.ports.SubjectKeys``."""
        gone = [key for key in self.keys.values() if (key.tenant, key.subject) == (tenant, subject)]
        for key in gone:
            del self.keys[key.id]
        return len(gone)


class MemoryRecords:
    """Keeps the chain in a list. ``fail`` makes every write fail, as a full disk would."""

    def __init__(self, signer: Signer | None = None) -> None:
        self.records: list[Record] = []
        self.keys = MemorySubjectKeys()
        self.fail = False
        self._signer = signer or Secret(bytes(32))
        self._marks = Marks()

    async def append(self, entry: Entry, keys: Sequence[SubjectKey] = ()) -> Record:
        """See ``agent.ports.Records``."""
        if self.fail:
            raise RecordsUnavailable("the records cannot be written: told to fail")
        head = self._marks.head
        seq, prev_hash = (head.seq + 1, head.hash) if head else (1, GENESIS)
        record = append(entry, seq=seq, prev_hash=prev_hash)
        self.keys.keys |= {key.id: key for key in keys}
        self.records.append(record)
        self._marks = self._marks.model_copy(update={"head": self._signer.mark("head", record.seq, record.hash)})
        return record

    async def read(
        self,
        *,
        turn_id: str | None = None,
        subject: str | None = None,
        kind: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Record]:
        """See ``agent.ports.Records``."""
        found = [
            record
            for record in self.records
            if record.seq > after
            and turn_id in (None, record.turn_id)
            and subject in (None, record.subject)
            and kind in (None, record.kind)
        ]
        return found[:limit]

    async def marks(self) -> Marks:
        """See ``agent.ports.Records``."""
        return self._marks

    async def forget(self, through: Mark) -> int:
        """See ``agent.ports.Records``."""
        before = len(self.records)
        self.records = [record for record in self.records if record.seq > through.seq]
        self._marks = self._marks.model_copy(update={"anchor": through})
        return before - len(self.records)

    async def close(self) -> None:
        """Nothing to release."""
