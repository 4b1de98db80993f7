"""What the records tell: whether the chain holds, in which forms they leave, and what they add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from agent.audit import Break, Mark, Record, Signer, Verifier
from agent.ports import Records

PAGE: Final = 1_000
OCSF_VERSION: Final = "1.3.0"
_API_ACTIVITY: Final = 6003
_OTHER: Final = 99
_ALLOWED: Final = 1
_BLOCKED: Final = 2
_SEVERITY: Final = {"refuse": 3, "guide": 2, "escalate": 4}
"""OCSF severity of a decision: low 2, medium 3, high 4; informational 1 otherwise."""


class Verification(NamedTuple):
    """The state of the chain."""

    checked: int
    first: int | None
    last: int | None
    breaks: tuple[Break, ...]


async def verify_chain(records: Records, signer: Signer, checkpoints: tuple[Mark, ...] = ()) -> Verification:
    """Every break of the chain, of its signed ends, and of the checkpoints that were kept elsewhere."""
    verifier = Verifier(await records.marks(), signer)
    first: int | None = None
    last: int | None = None
    expected = {mark.seq: mark for mark in checkpoints}
    problems = [
        Break(seq=mark.seq, problem=f"the checkpoint is not signed with the key `{signer.key_id}`")
        for mark in checkpoints
        if not signer.signed(mark)
    ]
    anchor = (await records.marks()).anchor
    async for record in pages(records):
        first, last = first if first is not None else record.seq, record.seq
        verifier.take(record)
        mark = expected.pop(record.seq, None)
        if mark is not None and mark.hash != record.hash:
            problems.append(Break(seq=record.seq, problem="is not the record that the checkpoint was made of"))
    problems += [
        Break(seq=seq, problem="of the checkpoint is missing") for seq in expected if anchor is None or seq > anchor.seq
    ]
    breaks = sorted([*verifier.end(), *problems], key=lambda found: found.seq)
    return Verification(verifier.count, first, last, tuple(breaks))


async def pages(
    records: Records,
    *,
    tenant: str | None = None,
    kind: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> AsyncIterator[Record]:
    """Records in order, a page in memory at a time."""
    after = 0
    while page := await records.read(after=after, limit=PAGE):
        after = page[-1].seq
        for record in page:
            if (
                tenant in (None, record.tenant)
                and kind in (None, record.kind)
                and (since is None or record.at >= since)
                and (until is None or record.at < until)
            ):
                yield record


def ocsf(record: Record) -> dict[str, Any]:
    """The record as an event of the Open Cybersecurity Schema Framework, class API Activity (6003) with the security control
    profile; what has no place there is under ``unmapped``."""
    body = record.body
    action = body.get("action")
    failed = body.get("outcome") == "failed"
    event: dict[str, Any] = {
        "category_uid": 6,
        "category_name": "Application Activity",
        "class_uid": _API_ACTIVITY,
        "class_name": "API Activity",
        "activity_id": _OTHER,
        "activity_name": f"{record.kind}",
        "type_uid": _API_ACTIVITY * 100 + _OTHER,
        "time": int(record.at.timestamp() * 1000),
        "severity_id": _SEVERITY.get(str(action), 1) if record.kind == "decision" else 1,
        "status_id": 2 if failed else 1,
        "status": "Failure" if failed else "Success",
        "metadata": {
            "version": OCSF_VERSION,
            "product": {"name": "Handrail", "vendor_name": "Handrail"},
            "profiles": ["security_control"],
            "uid": record.hash,
            "sequence": record.seq,
            "tenant_uid": record.tenant,
            **({"correlation_uid": record.turn_id} if record.turn_id else {}),
        },
        "actor": {
            "user": _user(record),
            **({"session": {"uid": record.thread_id}} if record.thread_id else {}),
        },
        "api": {"operation": f"handrail.{record.kind}", "service": {"name": "handrail"}},
        "src_endpoint": {"name": "handrail"},
        "unmapped": {**body, "prev_hash": record.prev_hash},
    }
    if record.kind == "decision":
        declined = action in _SEVERITY
        event["action_id"] = _BLOCKED if declined else _ALLOWED
        event["disposition_id"] = _BLOCKED if declined else _ALLOWED
        event["disposition"] = "Blocked" if declined else "Allowed"
        event["policy"] = {"uid": ", ".join(body.get("rule_ids", ())), "version": body.get("policy_version")}
    return event


def _user(record: Record) -> dict[str, str]:
    """Who did it; of a turn, the person that it is about, by pseudonym."""
    who = record.body.get("actor") or record.body.get("by")
    return {"name": str(who)} if who else {"uid": record.subject or "unknown"}


class Stats:
    """Counts over records; feed with ``take``."""

    def __init__(self) -> None:
        self.records = 0
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.subjects: set[str] = set()
        self.counts: dict[str, Counter[str]] = {
            name: Counter()
            for name in (
                "kind",
                "tenant",
                "action",
                "domain",
                "rule",
                "outcome",
                "check held",
                "text",
                "move",
                "next step",
            )
        }

        self.models: dict[str, dict[str, float]] = {}
        """What each endpoint was used for: calls, failures, tokens in and out, cost."""

    def take(self, record: Record) -> None:
        """Count a record."""
        self.records += 1
        self.first, self.last = self.first or record.at, record.at
        if record.subject is not None:
            self.subjects.add(record.subject)
        body = record.body
        self.counts["kind"][record.kind] += 1
        self.counts["tenant"][record.tenant] += 1
        if record.kind == "decision":
            self.counts["action"][str(body.get("action"))] += 1
            self.counts["domain"][str(_inside(body, "facts", "risk", "domain"))] += 1
            self.counts["rule"].update(body.get("decided_by", ()))
            self.counts["text"][str(_inside(body, "text", "how") or "none")] += 1
            move = _inside(body, "conversation", "move")
            self.counts["move"][str(move or "new")] += 1
            self.counts["next step"]["accepted"] += move == "accepted"
        if record.kind == "outcome":
            self.counts["outcome"][str(body.get("outcome"))] += 1
            self.counts["next step"]["replies with steps"] += bool(body.get("next_steps"))
            checks = body.get("checks", {})
            self.counts["check held"].update(name for name, result in checks.items() if result == "held")
            for call in body.get("models", ()):
                self._take_call(call)

    def _take_call(self, call: Mapping[str, Any]) -> None:
        name = f"{call.get('role')} {call.get('endpoint')}"
        sums = self.models.setdefault(
            name, {"calls": 0, "failed": 0, "input_tokens": 0, "output_tokens": 0, "cost": 0.0}
        )
        sums["calls"] += 1
        sums["failed"] += call.get("outcome") == "failed"
        sums["input_tokens"] += call.get("input_tokens", 0)
        sums["output_tokens"] += call.get("output_tokens", 0)
        sums["cost"] = round(sums["cost"] + call.get("cost", 0.0), 8)

    def as_dict(self) -> dict[str, Any]:
        """The counts as JSON values."""
        return {
            "records": self.records,
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
            "subjects": len(self.subjects),
            **{name.replace(" ", "_"): dict(counts.most_common()) for name, counts in self.counts.items()},
            "models": self.models,
        }


def _inside(value: Any, *path: str) -> Any:
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
