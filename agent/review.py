"""People decide: the work on cases, and how a verdict reaches the person.

The HTTP API and the command line use the same one. A verdict is stored with its event first, then told in the thread; what was
stored and not told, because a process ended in between or has no threads at hand, is told by the next look of a running
service.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from agent.audit import Entry
from agent.background import looking, running
from agent.cases import (
    Case,
    CaseFilter,
    CaseMetrics,
    Note,
    Resolution,
    ThreadEvent,
    Waiting,
    claimed,
    drafted,
    metrics,
    noted,
    reassigned,
    resolved,
)
from agent.drafting import Drafter
from agent.errors import CaseConflict, CaseTextHeld, NoDraft, UnknownCase
from agent.models import Frozen
from agent.moderation import CHECKS, violations
from agent.ports import Cases, Clock, Records, ThreadEvents
from agent.prompts import Messages
from agent.sealing import Sealed, Sealer

CLAIM: Final = timedelta(minutes=30)
"""A claim runs out after this long without the reviewer doing anything."""
LOOK_S: Final = 1.0
"""How often a running service looks for verdicts that are not told yet."""
MAX_TEXT: Final = 8_000
_INTRODUCED: Final[dict[Resolution, str]] = {
    "answered": "verdict_answered",
    "draft_approved": "verdict_answered",
    "upheld": "verdict_upheld",
    "policy_gap": "verdict_policy_gap",
    "guidance_gap": "verdict_guidance_gap",
}

Say = Callable[[Case, str], Awaitable[None]]
"""Adds a text to the thread of a case, once however often it is called."""

logger = logging.getLogger(__name__)


class CaseView(Frozen):
    """A case as a reviewer sees it."""

    case: Case
    state: str
    context: str | None
    """What the person wrote, redacted; ``None`` where nothing was kept, or the person was erased."""
    notes: tuple[str | None, ...]
    draft: str | None
    """What a model would answer."""
    reason: str | None


class Review:
    """The work on cases."""

    def __init__(
        self,
        *,
        cases: Cases,
        events: ThreadEvents,
        records: Records,
        sealer: Sealer,
        messages: Messages,
        clock: Clock,
        say: Say | None = None,
        drafter: Drafter | None = None,
    ) -> None:
        self._cases = cases
        self._events = events
        self._records = records
        self._sealer = sealer
        self._messages = messages
        self._clock = clock
        self._say = say
        self._drafter = drafter

    def now(self) -> datetime:
        """The time by which claims run out and cases are late."""
        return self._clock.now()

    async def find(self, wanted: CaseFilter) -> list[Case]:
        """Cases that match, the one due soonest first. Raises ``RecordsUnavailable``, as every method here."""
        return await self._cases.find(wanted)

    async def show(self, case_id: str, tenant: str | None) -> CaseView:
        """The case with its texts in the open. Raises ``UnknownCase``."""
        case = await self._get(case_id, tenant)
        return CaseView(
            case=case,
            state=case.state(self._clock.now()),
            context=await self._opened(case.context),
            notes=tuple([await self._opened(note.text) for note in case.notes]),
            draft=await self._opened(case.draft),
            reason=await self._opened(case.reason),
        )

    async def claim(self, case_id: str, tenant: str | None, by: str) -> Case:
        """The case is in the hands of this reviewer. Raises ``UnknownCase`` or ``CaseConflict``."""
        case = claimed(await self._get(case_id, tenant), by, self._clock.now(), CLAIM)
        return await self._changed(case, "claimed", by)

    async def reassign(self, case_id: str, tenant: str | None, by: str, to: str) -> Case:
        """The case is in the hands of another reviewer. Raises as ``claim``."""
        case = reassigned(await self._get(case_id, tenant), by, to, self._clock.now(), CLAIM)
        return await self._changed(case, "reassigned", by, to=to)

    async def comment(self, case_id: str, tenant: str | None, by: str, text: str) -> Case:
        """The case has one more remark. Raises ``UnknownCase`` or ``CaseTextHeld``."""
        case = await self._get(case_id, tenant)
        _require_text(text, "a comment")
        note = Note(by=by, at=self._clock.now(), text=await self._sealed(case, text))
        return await self._changed(noted(case, note), "commented", by)

    async def draft(self, case_id: str, tenant: str | None, by: str) -> CaseView:
        """The case has a model's draft of an answer, which the reviewer who has claimed it may approve.

        Raises:
            UnknownCase, CaseConflict: as ``resolve``.
            NoDraft: there is no model here, it does not answer, or nothing of what the person wrote may be read.
            CaseTextHeld: the draft does not pass the checks that an answer must pass.
        """
        if self._drafter is None:
            raise NoDraft("no chat model is configured here, so there is no draft (setting HANDRAIL_MODEL)")
        case = await self._get(case_id, tenant)
        drafted(case, by, {}, self._clock.now())  # asks before a model is
        request = await self._opened(case.context)
        if not request:
            raise NoDraft("nothing of what the person wrote is kept, so there is nothing to answer")
        text = await self._drafter.draft(request, case.language, case.limits)
        _require_text(text, "the draft")
        _require_passing(case, text)
        case = drafted(case, by, await self._sealed(case, text), self._clock.now())
        await self._changed(case, "drafted", by, model=self._drafter.name)
        return await self.show(case_id, tenant)

    async def resolve(self, case_id: str, tenant: str | None, by: str, resolution: Resolution, text: str) -> Case:
        """The case has its verdict, and the person is told it. ``text`` is the answer, or the reason; with `draft_approved` the
        draft is the answer, and the text is left out.

        Raises:
            UnknownCase: there is none of this id.
            CaseConflict: it is resolved, claimed by somebody else, or not claimed.
            CaseTextHeld: the text is missing, or an output check of the case would hold it.
            NoDraft: the draft that is approved is not there.
        """
        case = await self._get(case_id, tenant)
        if resolution == "draft_approved":
            text = await self._approved(case, text)
        _require_text(text, "the answer" if resolution == "answered" else "the reason")
        _require_passing(case, text)
        verdict = resolved(case, by, resolution, await self._sealed(case, text), self._clock.now())
        told = self.wording(case, resolution, text)
        event = ThreadEvent(
            tenant=case.tenant,
            thread_id=case.thread_id,
            name="case.resolved",
            case_id=case.id,
            resolution=resolution,
            text=await self._sealed(case, told),
            at=self._clock.now(),
        )
        verdict = await self._changed(verdict, "resolved", by, event=event, resolution=resolution)
        if resolution == "guidance_gap" and case.context is not None:
            await self._note_gap(case)
        return await self._tell(verdict, told)

    def wording(self, case: Case, resolution: Resolution, text: str) -> str:
        """What the person reads."""
        return f"{self._messages.get(_INTRODUCED[resolution], case.language)}\n\n{text}"

    async def metrics(self, tenant: str | None) -> CaseMetrics:
        """What the cases of the tenant add up to."""
        return metrics(await self._cases.find(CaseFilter(tenant=tenant, limit=100_000)), self._clock.now())

    async def waiting(self, tenant: str | None = None) -> list[Waiting]:
        """The unresolved cases of the tenant, or of all, added up by queue."""
        return await self._cases.waiting(self._clock.now(), tenant)

    async def events(self, tenant: str, thread_id: str, after: int) -> list[tuple[ThreadEvent, str | None]]:
        """Events of the thread with their texts in the open."""
        found = await self._events.after(tenant, thread_id, after)
        return [(event, await self._opened(event.text)) for event in found]

    async def tell_all(self) -> int:
        """How many verdicts that had not reached their threads have now."""
        untold = await self._cases.find(CaseFilter(untold=True))
        for case in untold:
            reason = await self._opened(case.reason)
            if case.resolution is None or reason is None:  # erased since: nobody is left to be told
                await self._cases.replace(case.model_copy(update={"told": True, "version": case.version + 1}))
                continue
            await self._tell(case, self.wording(case, case.resolution, reason))
        return len(untold)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Verdicts of other processes reach their threads within ``LOOK_S`` and a bit."""
        async with running(looking(self.tell_all, LOOK_S, _not_told), "verdicts"):
            yield

    async def _approved(self, case: Case, text: str) -> str:
        """The draft of the case, which is what the person is told."""
        draft = await self._opened(case.draft)
        if draft is None:
            raise NoDraft(f"case `{case.id}` has no draft to approve; ask for one, or write the answer")
        if text.strip():
            raise CaseTextHeld("a draft is approved as it is; leave `text` out, or resolve as `answered` with your own")
        return draft

    async def _get(self, case_id: str, tenant: str | None) -> Case:
        case = await self._cases.get(case_id, tenant)
        if case is None:
            raise UnknownCase(f"unknown case `{case_id[:80]}`")
        return case

    async def _changed(
        self, case: Case, event_name: str, by: str, event: ThreadEvent | None = None, **more: str
    ) -> Case:
        """The change is on record, then stored; where it comes too late, that is on record too.

        Raises:
            CaseConflict: somebody else has changed the case since it was read.
        """
        body: dict[str, object] = {"case_id": case.id, "event": event_name, "by": by, "version": case.version, **more}
        await self._record("case", case, body)
        if not await self._cases.replace(case, event):
            await self._record("case", case, {**body, "event": "not_changed", "of": event_name})
            raise CaseConflict(f"case `{case.id}` was changed by somebody else just now; look at it again")
        return case

    async def _tell(self, case: Case, text: str) -> Case:
        """The thread has the text, where it can be reached from here; otherwise a running service tells it."""
        if self._say is None:
            return case
        await self._say(case, text)
        told = case.model_copy(update={"told": True, "version": case.version + 1})
        return told if await self._cases.replace(told) else case

    async def _note_gap(self, case: Case) -> None:
        body: dict[str, object] = {
            "domain": case.queue,
            "facet": case.facet,
            "language": case.language,
            "action": "escalate",
            "best": 0.0,
            "release": None,
            "text": case.context,
        }
        await self._record("gap", case, body)

    async def _record(self, kind: Literal["case", "gap"], case: Case, body: dict[str, object]) -> None:
        of_case = case.model_dump(include={"turn_id", "thread_id", "tenant", "subject"})
        await self._records.append(Entry(kind=kind, at=self._clock.now(), body=body, **of_case))

    async def _sealed(self, case: Case, text: str) -> dict[str, Any]:
        return (await self._sealer.seal_for(case.tenant, case.subject or "", text)).model_dump()

    async def _opened(self, sealed: dict[str, Any] | None) -> str | None:
        return None if sealed is None else await self._sealer.unseal(Sealed.model_validate(sealed))


def _require_text(text: str, what: str) -> None:
    if not text.strip():
        raise CaseTextHeld(f"{what} is empty; write it in `text`")
    if len(text) > MAX_TEXT:
        raise CaseTextHeld(f"{what} has {len(text):,} characters; at most {MAX_TEXT:,} are accepted")


def _require_passing(case: Case, text: str) -> None:
    """What a reviewer writes leaves under the same checks as anything else."""
    checks = {name: check for name, check in CHECKS.items() if name == "secrets" or name in case.limits}
    if found := violations(text, checks):
        raise CaseTextHeld(
            f"the text is held by the output check `{found[0]}`, which the decision asks for; rewrite it"
        )


def _not_told(error: Exception) -> None:
    logger.error("verdicts not told: %s", error, extra={"action": "verdicts_stuck"})
