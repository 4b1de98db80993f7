"""What records add to a turn: sealing its texts, and writing its decision and its outcome, on a database of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from agent.audit import Entry
from agent.office import BackOffice, open_back_office
from agent.sealing import Keep
from agent.settings import Settings
from api.commands.bench_requests import REQUESTS
from api.commands.benchmark import Spread, spread
from evals.traffic import made_up_records
from policies.loader import load_policies

if TYPE_CHECKING:
    from agent.audit import Record

WARM_UP: Final = 20
_OUTCOME: Final[dict[str, Any]] = {
    "outcome": "delivered",
    "composer": "extractive",
    "model": None,
    "checks": {"secrets": "passed", "no_dosage": "passed"},
    "corpus_release": "0001-0123456789ab",
    "notices": [],
    "case_id": None,
    "timings_ms": {"total": 28.0},
}


class AuditFigures(NamedTuple):
    """Milliseconds."""

    turns: int
    decision: Spread
    """What stands before the first word."""
    outcome: Spread
    both: Spread
    cpu_ms: float
    """Processor time of a turn's records, all threads together: what a busy machine does not change much."""

    def lines(self) -> list[str]:
        """The figures as text, one a line."""
        named = {"decision": self.decision, "outcome": self.outcome, "a turn": self.both}
        spreads = [f"{name:<9} p50 {found.p50:.2f} ms, p95 {found.p95:.2f} ms" for name, found in named.items()]
        return [*spreads, f"processor time a turn {self.cpu_ms:.2f} ms"]


async def measure_audit(folder: Path, turns: int, progress: Callable[[int, int], None]) -> AuditFigures:
    """Times of ``turns`` turns, one after the other, after a warm-up."""
    took: list[tuple[float, float]] = []
    worked: list[float] = []
    async with open_back_office(Settings(data_dir=folder)) as office:
        for number, made_up in enumerate(made_up_records(load_policies(), turns=turns + WARM_UP, seed=1)):
            text = REQUESTS[number % len(REQUESTS)]
            started, busy = time.perf_counter(), time.process_time()
            await _write(office, made_up, "decision", made_up.body, text, "redacted", new=True)
            decided = time.perf_counter()
            outcome = {**_OUTCOME, "action": made_up.body["action"]}
            await _write(office, made_up, "outcome", outcome, text, "full", new=False)  # our own words are kept whole
            took.append(((decided - started) * 1000, (time.perf_counter() - decided) * 1000))
            worked.append((time.process_time() - busy) * 1000)
            progress(number + 1, turns + WARM_UP)
    took = took[WARM_UP:]
    return AuditFigures(
        turns=turns,
        decision=spread([decision for decision, _ in took]),
        outcome=spread([outcome for _, outcome in took]),
        both=spread([decision + outcome for decision, outcome in took]),
        cpu_ms=round(sum(worked[WARM_UP:]) / turns, 3),
    )


async def _write(
    office: BackOffice, of: Record, kind: str, body: dict[str, Any], text: str, keep: Keep, *, new: bool
) -> None:
    subject, sealer = f"thread:{of.turn_id}", office.sealer
    sealed = await sealer.seal(
        text, keep, tenant=of.tenant, subject=subject, thread_id=of.thread_id, language="en", new=new
    )
    keys = sealed.keys if sealed else ()
    entry = {"kind": kind, "turn_id": of.turn_id, "thread_id": of.thread_id, "tenant": of.tenant}
    more = {"text": sealed.sealed.model_dump()} if sealed else {}
    pseudonym = sealer.secret.pseudonym(of.tenant, subject)
    await office.records.append(
        Entry.model_validate({**entry, "subject": pseudonym, "at": datetime.now(UTC), "body": body | more}), keys
    )
    sealer.stored(keys)
