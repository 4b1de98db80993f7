"""What people say of the turns they had: kept beside the decision, added up by rule and by document, sampled into review.

Feedback is a record of the chain, with its text redacted and sealed like what the person wrote: erasing the person erases it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, Literal

from agent.audit import Entry, Record
from agent.cases import DUE, Case, Note, Priority
from agent.composer import HELPLINE_PREFIX
from agent.errors import RequestError, TooMuchFeedback, UnknownTurn
from agent.metrics import Metrics
from agent.models import Frozen
from agent.moderation import CHECKS
from agent.ports import Cases, Clock, Records
from agent.sealing import Sealed, Sealer

Verdict = Literal["accepted", "helpful", "not_what_i_asked", "wrongly_refused"]
"""``accepted``: the alternative was taken up. ``helpful``: the reply was. ``not_what_i_asked``: it answers another question.
``wrongly_refused``: it should have been answered."""

KIND: Final = "feedback"
WRONG: Final = ("not_what_i_asked", "wrongly_refused")
MAX_TEXT: Final = 2_000
MOST: Final = 20
"""Records of feedback that are kept of one turn."""
PERSON: Final = "the person"
"""Who a remark in a case is by, where nobody of ours wrote it."""
PAGE: Final = 1_000


class Given(Frozen):
    """Feedback that was taken."""

    turn_id: str
    verdict: Verdict
    case_id: str | None = None
    """Where a reviewer will look at the turn because of it."""


class Said(Frozen):
    """What people said of the turns of one rule, or of those that cited one document."""

    name: str
    turns: int
    """Turns that anything was said of."""
    verdicts: dict[str, int]
    wrong: float
    """Share of these turns that somebody called wrong."""


class FeedbackReport(Frozen):
    """What people said, added up; worst first. Shares are of the turns that anything was said of, not of all turns."""

    turns: int
    verdicts: dict[str, int]
    rules: tuple[Said, ...]
    documents: tuple[Said, ...]


class Feedback:
    """Takes feedback and adds it up."""

    def __init__(
        self,
        *,
        records: Records,
        cases: Cases,
        sealer: Sealer,
        clock: Clock,
        review_share: float,
        metrics: Metrics | None = None,
    ) -> None:
        self._records = records
        self._cases = cases
        self._sealer = sealer
        self._clock = clock
        self._share = review_share
        self._metrics = metrics

    async def give(self, turn_id: str, tenant: str | None, verdict: Verdict, text: str = "") -> Given:
        """The verdict on a turn of this tenant (or of any) is on record, once however often it is said with the same words.

        Raises:
            UnknownTurn: there is no such turn, or its record was let go.
            TooMuchFeedback: it has as much as is kept.
            RecordsUnavailable: it cannot be recorded.
        """
        records = await self._records.read(turn_id=turn_id)
        decision = next((r for r in records if r.kind == "decision" and tenant in (None, r.tenant)), None)
        if decision is None:
            raise UnknownTurn(f"unknown turn `{turn_id[:80]}`, or its record is no longer kept")
        if len(text) > MAX_TEXT:
            raise RequestError(f"`text` has {len(text):,} characters; at most {MAX_TEXT:,} are accepted")
        earlier = [record for record in records if record.kind == KIND]
        if not text.strip() and (known := [r for r in earlier if r.body["verdict"] == verdict]):
            return Given(turn_id=turn_id, verdict=verdict, case_id=known[0].body.get("case_id"))
        if len(earlier) >= MOST:
            raise TooMuchFeedback(f"turn `{turn_id[:80]}` has {MOST} pieces of feedback already; no more are kept")
        outcome = next((record for record in records if record.kind == "outcome"), None)
        body = _body(verdict, decision, outcome)
        sealed = await self._sealed(decision, text)
        body["case_id"] = await self._sampled(decision, outcome, verdict, sealed)
        await self._append(KIND, decision, body | ({} if sealed is None else {"text": sealed.model_dump()}))
        if self._metrics is not None:
            self._metrics.said(verdict, str(body["action"]))
        return Given(turn_id=turn_id, verdict=verdict, case_id=body["case_id"])

    async def report(self, tenant: str | None) -> FeedbackReport:
        """What people of the tenant, or of all, said. Raises ``RecordsUnavailable``."""
        found = _Sums()
        after = 0
        while page := await self._records.read(kind=KIND, after=after, limit=PAGE):
            after = page[-1].seq
            for record in page:
                if tenant in (None, record.tenant):
                    found.take(record)
        return found.report()

    async def _sealed(self, decision: Record, text: str) -> Sealed | None:
        """The words, redacted; ``None`` where nothing may be kept, or the person was erased."""
        if not text.strip() or "text" not in decision.body or decision.subject is None:
            return None
        redacted = self._sealer.redacted(text.strip(), decision.thread_id, _language(decision))
        return await self._sealer.seal_if_known(decision.tenant, decision.subject, redacted, "redacted")

    async def _sampled(
        self, decision: Record, outcome: Record | None, verdict: Verdict, said: Sealed | None
    ) -> str | None:
        """The case that reviewers get because of this verdict, with what the person said as its first remark; ``None`` when the
        turn is not in the sample or was escalated."""
        if verdict not in WRONG or (outcome is not None and outcome.body.get("case_id")):
            return None
        digest = hashlib.sha256(decision.turn_id.encode()).hexdigest()
        if int(digest[:8], 16) / 2**32 >= self._share:
            return None
        case = await self._case(f"case_{digest[:32]}", decision)
        if await self._cases.get(case.id) is None:
            opened = {"case_id": case.id, "event": "opened", "queue": case.queue, "facet": case.facet}
            more = {"rule_ids": list(case.rule_ids), "priority": case.priority.value, "because": verdict}
            await self._append("case", decision, {**opened, **more})
            note = () if said is None else (Note(by=PERSON, at=case.opened_at, text=said.model_dump()),)
            await self._cases.add(case.model_copy(update={"notes": note}))
        return case.id

    async def _case(self, case_id: str, decision: Record) -> Case:
        risk, now = decision.body["facts"]["risk"], self._clock.now()
        obligations = {str(name).partition(":")[0] for name in decision.body["obligations"]}
        return Case(
            id=case_id,
            tenant=decision.tenant,
            thread_id=decision.thread_id,
            turn_id=decision.turn_id,
            subject=decision.subject,
            queue=risk["domain"],
            facet=risk["facet"],
            priority=Priority.NORMAL,
            language=_language(decision),
            rule_ids=tuple(decision.body["rule_ids"]),
            rationale=decision.body["rationale"],
            limits=tuple(name for name in CHECKS if name in obligations),
            context=await self._context(decision),
            opened_at=now,
            due_at=now + DUE[Priority.NORMAL],
        )

    async def _context(self, decision: Record) -> dict[str, Any] | None:
        """What the person wrote, redacted whatever the record keeps."""
        kept = decision.body.get("text")
        if kept is None or kept["how"] == "redacted" or decision.subject is None:
            return kept
        text = await self._sealer.unseal(Sealed.model_validate(kept)) or ""
        redacted = self._sealer.redacted(text, decision.thread_id, _language(decision))
        sealed = await self._sealer.seal_if_known(decision.tenant, decision.subject, redacted, "redacted")
        return None if sealed is None else sealed.model_dump()

    async def _append(self, kind: Literal["feedback", "case"], decision: Record, body: dict[str, Any]) -> None:
        of_turn = decision.model_dump(include={"turn_id", "thread_id", "tenant", "subject"})
        await self._records.append(Entry(kind=kind, at=self._clock.now(), body=body, **of_turn))


def _body(verdict: Verdict, decision: Record, outcome: Record | None) -> dict[str, Any]:
    ended = outcome.body if outcome is not None else {}
    cited = [str(citation["document_id"]) for citation in ended.get("cited", ())]
    return {
        "verdict": verdict,
        "action": ended.get("action") or decision.body["action"],
        "rule_ids": decision.body["rule_ids"],
        "documents": sorted({name for name in cited if not name.startswith(HELPLINE_PREFIX)}),
        "domain": decision.body["facts"]["risk"]["domain"],
        "language": _language(decision),
    }


def _language(decision: Record) -> str:
    return str(decision.body["facts"]["context"]["language"])


class _Sums:
    """Adds up feedback; a verdict that was given twice of a turn counts once."""

    def __init__(self) -> None:
        self._turns: dict[str, set[str]] = {}
        self._rules: dict[str, tuple[str, ...]] = {}
        self._documents: dict[str, tuple[str, ...]] = {}

    def take(self, record: Record) -> None:
        self._turns.setdefault(record.turn_id, set()).add(record.body["verdict"])
        self._rules[record.turn_id] = tuple(record.body["rule_ids"])
        self._documents[record.turn_id] = tuple(record.body["documents"])

    def report(self) -> FeedbackReport:
        return FeedbackReport(
            turns=len(self._turns),
            verdicts=self._verdicts(self._turns),
            rules=self._by(self._rules),
            documents=self._by(self._documents),
        )

    def _by(self, names: dict[str, tuple[str, ...]]) -> tuple[Said, ...]:
        turns: dict[str, list[str]] = {}
        for turn_id, named in names.items():
            for name in named:
                turns.setdefault(name, []).append(turn_id)
        found = [self._said(name, of_name) for name, of_name in turns.items()]
        return tuple(sorted(found, key=lambda said: (-said.wrong, -said.turns, said.name)))

    def _said(self, name: str, turns: list[str]) -> Said:
        wrong = sum(not self._turns[turn].isdisjoint(WRONG) for turn in turns)
        return Said(name=name, turns=len(turns), verdicts=self._verdicts(turns), wrong=round(wrong / len(turns), 4))

    def _verdicts(self, turns: Iterable[str]) -> dict[str, int]:
        return dict(sorted(Counter(verdict for turn in turns for verdict in self._turns[turn]).items()))
