"""Records of what was decided and what came of it, chained by hash.

A record never holds message text beyond its redacted form. The chain: ``hash = sha256(prev_hash || canonical json)``,
so that a change, a gap or a swap anywhere breaks every later hash.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import Any, Final, Literal

from pydantic import AwareDatetime

from agent.models import Frozen

GENESIS: Final = "0" * 64
"""``prev_hash`` of the first record."""

Kind = Literal["decision", "outcome", "case", "policy", "corpus", "access", "erasure", "gap"]


class Entry(Frozen):
    """A record before it has a place in the chain."""

    kind: Kind
    turn_id: str
    thread_id: str
    tenant: str
    at: AwareDatetime
    body: dict[str, Any]


class Record(Entry):
    """A record in the chain."""

    seq: int
    prev_hash: str
    hash: str


class Break(Frozen):
    """A place where the chain does not hold."""

    seq: int
    problem: str


def canonical(entry: Entry, seq: int) -> bytes:
    """The bytes that are hashed: sorted keys, no spaces, UTF-8, times in UTC ISO 8601."""
    data = {
        "seq": seq,
        "kind": entry.kind,
        "turn_id": entry.turn_id,
        "thread_id": entry.thread_id,
        "tenant": entry.tenant,
        "at": entry.at.astimezone(UTC).isoformat(),
        "body": entry.body,
    }
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def chain_hash(prev_hash: str, entry: Entry, seq: int) -> str:
    """SHA-256 over the previous hash and the canonical bytes, as 64 hex digits."""
    return hashlib.sha256(prev_hash.encode() + canonical(entry, seq)).hexdigest()


def append(entry: Entry, *, seq: int, prev_hash: str) -> Record:
    """The entry as the record that follows ``prev_hash``."""
    return Record(**dict(entry), seq=seq, prev_hash=prev_hash, hash=chain_hash(prev_hash, entry, seq))


def verify(records: list[Record]) -> list[Break]:
    """Every place where records in order of ``seq`` do not form an unbroken chain from the first."""
    breaks: list[Break] = []
    prev, expected = GENESIS, 1
    for record in records:
        if record.seq != expected:
            breaks.append(Break(seq=expected, problem=f"record {expected} is missing; found {record.seq}"))
        if record.prev_hash != prev:
            breaks.append(Break(seq=record.seq, problem="does not follow the record before it"))
        if record.hash != chain_hash(record.prev_hash, record, record.seq):
            breaks.append(Break(seq=record.seq, problem="content does not match its hash"))
        prev, expected = record.hash, record.seq + 1
    return breaks
