"""Records of what was decided and what came of it, chained by hash.

The chain: ``hash = sha256(prev_hash || canonical json)``, so that a change, a gap or a swap anywhere breaks every later hash.
The place of the last record is signed (Ed25519) with every write, so that a missing end or a chain that was computed anew
shows too. A record holds message text only sealed (``agent.sealing``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC
from typing import Any, Final, Literal, Protocol

from pydantic import AwareDatetime

from agent.models import Frozen

GENESIS: Final = "0" * 64
"""``prev_hash`` of the first record."""

_JSON: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)

Kind = Literal["decision", "outcome", "case", "policy", "corpus", "access", "erasure", "gap", "feedback"]


class Entry(Frozen):
    """A record before it has a place in the chain."""

    kind: Kind
    turn_id: str
    thread_id: str
    tenant: str
    subject: str | None = None
    """Pseudonym of the person, by which what concerns them is found."""
    at: AwareDatetime
    body: dict[str, Any]


class SubjectKey(Frozen):
    """The key of one person's texts, itself encrypted. Without it they cannot be read by anybody."""

    id: str
    tenant: str
    subject: str
    wrapped: str


class Mark(Frozen):
    """A signed statement: the record ``seq`` has this hash. ``what`` tells the last record of the chain (``head``), the last
    one that was removed after its time (``anchor``) and a statement for keeping elsewhere (``checkpoint``) apart."""

    what: Literal["head", "anchor", "checkpoint"]
    seq: int
    hash: str
    key_id: str
    signature: str


class Marks(Frozen):
    """Where the chain begins and ends, as signed."""

    head: Mark | None = None
    anchor: Mark | None = None


class Signer(Protocol):
    """Signs marks and recognises its own."""

    key_id: str

    def mark(self, what: Literal["head", "anchor", "checkpoint"], seq: int, record_hash: str) -> Mark:
        """The statement, signed."""
        ...

    def signed(self, mark: Mark) -> bool:
        """True when this signer made the mark."""
        ...


class Record(Entry):
    """A record in the chain."""

    seq: int
    prev_hash: str
    hash: str


class Break(Frozen):
    """A place where the chain does not hold."""

    seq: int
    problem: str


def body_text(body: dict[str, Any]) -> str:
    """The body as it is stored and hashed: JSON with sorted keys and no spaces.

    Raises:
        TypeError, ValueError: JSON in UTF-8 cannot hold it.
    """
    text = _JSON.encode(body)
    text.encode()  # half of a surrogate pair shows here
    return text


def canonical(entry: Entry, seq: int, body: str | None = None) -> bytes:
    """The bytes that are hashed: JSON with sorted keys, no spaces, UTF-8, times in UTC ISO 8601. ``body`` is the ``body_text`` of
    the entry where it is at hand already."""
    # Records of the first release have no subject, and their hashes must hold.
    subject = "" if entry.subject is None else f'"subject":{_JSON.encode(entry.subject)},'
    return (
        f'{{"at":{_JSON.encode(entry.at.astimezone(UTC).isoformat())}'
        f',"body":{body_text(entry.body) if body is None else body}'
        f',"kind":{_JSON.encode(entry.kind)},"seq":{seq},{subject}"tenant":{_JSON.encode(entry.tenant)}'
        f',"thread_id":{_JSON.encode(entry.thread_id)},"turn_id":{_JSON.encode(entry.turn_id)}}}'
    ).encode()


def chain_hash(prev_hash: str, entry: Entry, seq: int, body: str | None = None) -> str:
    """SHA-256 over the previous hash and the canonical bytes, as 64 hex digits."""
    return hashlib.sha256(prev_hash.encode() + canonical(entry, seq, body)).hexdigest()


def append(entry: Entry, *, seq: int, prev_hash: str, body: str | None = None) -> Record:
    """The entry as the record that follows ``prev_hash``. ``body`` as in ``canonical``."""
    return Record(**dict(entry), seq=seq, prev_hash=prev_hash, hash=chain_hash(prev_hash, entry, seq, body))


class Verifier:
    """Looks for breaks in a chain, record by record in order of ``seq``."""

    def __init__(self, marks: Marks | None = None, signer: Signer | None = None) -> None:
        self._marks = marks
        self._signer = signer
        self._prev, self._expected = GENESIS, 1
        self.breaks: list[Break] = []
        self.count = 0
        anchor = marks.anchor if marks else None
        if anchor is not None:
            self._check_signature(anchor)
            self._prev, self._expected = anchor.hash, anchor.seq + 1

    def take(self, record: Record) -> None:
        """Compare the next record with the one before it."""
        self.count += 1
        if record.seq != self._expected:
            self._found(self._expected, f"{_missing(self._expected, record.seq - 1)}; found {record.seq}")
        if record.prev_hash != self._prev:
            self._found(record.seq, "does not follow the record before it")
        if record.hash != chain_hash(record.prev_hash, record, record.seq):
            self._found(record.seq, "content does not match its hash")
        self._prev, self._expected = record.hash, record.seq + 1

    def end(self) -> list[Break]:
        """Every break, after comparing the end with the signed head."""
        if self._marks is None:
            return self.breaks
        head = self._marks.head
        last = self._expected - 1
        if head is None:
            if self.count:
                self._found(last, "the signed head is missing")
            return self.breaks
        self._check_signature(head)
        if head.seq > last:
            self._found(last + 1, f"{_missing(last + 1, head.seq)} at the end")
        elif head.seq < last:
            self._found(head.seq + 1, f"is after the signed head, which is record {head.seq}")
        elif head.hash != self._prev:
            self._found(last, "is not the record that the head was signed for")
        return self.breaks

    def _check_signature(self, mark: Mark) -> None:
        if self._signer is not None and not self._signer.signed(mark):
            self._found(mark.seq, f"the {mark.what} is not signed with the key `{self._signer.key_id}`")

    def _found(self, seq: int, problem: str) -> None:
        self.breaks.append(Break(seq=seq, problem=problem))


def verify(records: Iterable[Record], marks: Marks | None = None, signer: Signer | None = None) -> list[Break]:
    """Every place where records in order of ``seq`` do not form an unbroken chain, from the first one (or the anchor of
    ``marks``) to the head of ``marks``, where they are given."""
    verifier = Verifier(marks, signer)
    for record in records:
        verifier.take(record)
    return verifier.end()


def _missing(first: int, last: int) -> str:
    return f"record {first} is missing" if first >= last else f"records {first} to {last} are missing"
