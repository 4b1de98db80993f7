"""A service whose turns are told what to say. Stands in for ``agent.bootstrap.Service`` behind ``api.ports``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from agent.adapters.answers_memory import MemoryAnswers
from agent.adapters.cases_memory import MemoryCases
from agent.adapters.clock import SystemClock
from agent.adapters.keys_memory import MemoryKeys
from agent.adapters.policy_files import WatchedPolicies
from agent.adapters.records_memory import MemoryRecords
from agent.bootstrap import version_store
from agent.cases import Case
from agent.errors import EmptyInput, InputTooLong, TurnFailedError, UnknownThread, UnknownTurn
from agent.event_log import EventLog, TurnLog
from agent.events import (
    Event,
    MessageCompleted,
    MessageDelta,
    PolicyDecided,
    RiskAssessed,
    TurnCompleted,
    TurnEvent,
    TurnFailed,
    TurnStarted,
)
from agent.feedback import Feedback
from agent.metrics import Metrics
from agent.models import (
    Alternative,
    AlternativeSection,
    Citation,
    HazardScore,
    RationaleView,
    RiskView,
    TurnInput,
    TurnResult,
)
from agent.prompts import load_messages
from agent.replays import Replays
from agent.review import Review
from agent.sealing import Sealer, Secret
from agent.settings import Settings
from corpora.errors import CorpusStoreUnavailable
from policies.taxonomy import Action, Domain, Facet, Hazard

MAX_CHARS = 1_000


class Check(NamedTuple):
    """State of a dependency."""

    ok: bool
    detail: str


def result_of(turn_id: str, thread_id: str, action: Action, text: str) -> TurnResult:
    """A result with two citations and an alternative where the action declines."""
    citations = tuple(
        Citation(
            n=n,
            document_id=f"doc-{n}",
            revision="abc123",
            section="what-helps",
            title=f"Title {n}",
            publisher="Publisher",
            url=f"https://example.org/{n}",
            reviewed_on="2026-05-01",
            locale="en",
        )
        for n in (1, 2)
    )
    section = AlternativeSection(heading="What helps", text="Do this. [1]\nAnd that. [2]", citations=(1, 2))
    return TurnResult(
        turn_id=turn_id,
        thread_id=thread_id,
        action=action,
        domain=Domain.MEDICAL,
        facet=Facet.DOSING,
        text=text,
        rationale=RationaleView(
            code="dosing",
            title="No doses here",
            declined="a dose for a child" if action.declines else None,
            reason="It depends on the child.",
            how_to_proceed="Ask a pharmacist.",
            rule_ids=("medical.dosing",),
            policy_version="0123456789ab",
            appeal="Write to us.",
            language="en",
        ),
        alternative=Alternative(urgency="routine", sections=(section,), next_steps=("When to see a doctor?",))
        if action.declines
        else None,
        citations=citations if action.declines else (),
        risk=risk_view(),
        composer="extractive" if action.declines else "fixed",
    )


def risk_view() -> RiskView:
    """A plain assessment."""
    return RiskView(
        language="en",
        unsafe=0.1,
        hazards=(HazardScore(id=Hazard.ADVICE_HEALTH, score=0.6),),
        prompt_attack=0.01,
        uncertainty=0.2,
        signals=(),
    )


class FakeRunner:
    """Runs scripted turns: ``decline``, ``fail``, ``fail late``, ``crash`` and ``wait`` in the text say how.

    A turn that waits goes on when ``proceed`` is set.
    """

    def __init__(self) -> None:
        self.requests: list[TurnInput] = []
        self.abandoned: list[str] = []
        self.threads: set[tuple[str, str]] = set()
        """Threads that are known, by tenant."""
        self.proceed = asyncio.Event()
        self._log = EventLog(600)
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, request: TurnInput) -> str:
        self.requests.append(request)
        if not request.text.strip():
            raise EmptyInput("`input` is empty; send the person's message")
        if len(request.text) > MAX_CHARS:
            raise InputTooLong(f"`input` has {len(request.text):,} characters")
        if request.thread_id == "thread_unknown":
            raise UnknownThread("unknown thread `thread_unknown`")
        if "crash" in request.text:
            raise ZeroDivisionError("secret detail")
        turn_id = f"turn_{len(self.requests)}"
        log = self._log.open(turn_id, request.context.tenant or "default")
        task = asyncio.create_task(self._drive(turn_id, request, log))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return turn_id

    def events(self, turn_id: str, after: int = 0, tenant: str | None = None) -> AsyncIterator[TurnEvent]:
        return self._log_of(turn_id, tenant).read(after, on_abandoned=lambda: self.abandoned.append(turn_id))

    def batches(self, turn_id: str, after: int = 0, tenant: str | None = None) -> AsyncIterator[Sequence[TurnEvent]]:
        return self._log_of(turn_id, tenant).batches(after, on_abandoned=lambda: self.abandoned.append(turn_id))

    async def run(self, request: TurnInput) -> TurnResult:
        turn_id = await self.start(request)
        async for event in self.events(turn_id):
            if isinstance(event.data, TurnCompleted):
                return event.data.result
            if isinstance(event.data, TurnFailed):
                failed = event.data
                raise TurnFailedError(turn_id, failed.code, failed.detail, failed.text, failed.status)
        raise RuntimeError("no last event")

    async def knows(self, tenant: str, thread_id: str) -> bool:
        return (tenant, thread_id) in self.threads

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _log_of(self, turn_id: str, tenant: str | None) -> TurnLog:
        log = self._log.get(turn_id)
        if log is None or tenant not in (None, log.tenant):
            raise UnknownTurn(f"unknown turn `{turn_id}`")
        return log

    async def _drive(self, turn_id: str, request: TurnInput, log: TurnLog) -> None:
        for event in script(turn_id, request):
            if isinstance(event, MessageDelta) and "wait" in request.text:
                await self.proceed.wait()
            log.append(event)
            await asyncio.sleep(0)
        log.finish()


def script(turn_id: str, request: TurnInput) -> Sequence[Event]:
    """The events of a turn with this text."""
    text = request.text
    thread_id = request.thread_id or "thread_1"
    action = Action.GUIDE if "decline" in text else Action.ANSWER
    pieces = ["I can't give a dose. ", "Do this. [1] And that. [2]"] if action.declines else ["Hello ", "there."]
    result = result_of(turn_id, thread_id, action, "".join(pieces))
    failed = TurnFailed(code="timeout", detail="the stage `answer` took too long", text="Sorry.", status=504)
    events: list[Event] = [
        TurnStarted(turn_id=turn_id, thread_id=thread_id, role="public", locale="en-US", jurisdiction="US"),
        RiskAssessed(domain=Domain.MEDICAL, facet=Facet.DOSING, risk=risk_view()),
        PolicyDecided(action=action, rationale=result.rationale, obligations=()),
    ]
    if "fail late" in text:
        return [*events, MessageDelta(text=pieces[0]), failed]
    if "fail" in text:
        return [*events, failed]
    events += [MessageDelta(text=piece) for piece in pieces]
    return [*events, MessageCompleted(text=result.text, citations=result.citations), TurnCompleted(result=result)]


class EmptyDesk:
    """The desk of a library that nobody can reach: whatever is asked of it fails, as the real one would."""

    @property
    def curation(self) -> EmptyDesk:
        return self

    @property
    def publisher(self) -> EmptyDesk:
        return self

    def __getattr__(self, name: str) -> Callable[..., object]:
        async def unreachable(*_: object, **__: object) -> object:
            raise CorpusStoreUnavailable(f"the library's database cannot be used: told to be out of reach for `{name}`")

        return unreachable


class FakeService:
    """A service over a ``FakeRunner``."""

    def __init__(self) -> None:
        self.runner = FakeRunner()
        self.keys = MemoryKeys()
        self.cases = MemoryCases()
        self.records = MemoryRecords()
        self.sealer = Sealer(Secret(bytes(32)), self.records.keys)
        self.said: list[tuple[str, str]] = []
        self.review = Review(
            cases=self.cases,
            events=self.cases,
            records=self.records,
            sealer=self.sealer,
            messages=load_messages(),
            clock=SystemClock(),
            say=self._say,
        )
        self.desk = EmptyDesk()
        self.settings = Settings()
        self.policies = WatchedPolicies(version_store(self.settings), None)
        self.answers = MemoryAnswers()
        self.replays = Replays(self.answers, self.sealer.secret, SystemClock())
        self.metrics = Metrics()
        self.feedback = Feedback(
            records=self.records,
            cases=self.cases,
            sealer=self.sealer,
            clock=SystemClock(),
            review_share=1.0,
            metrics=self.metrics,
        )
        self.checks = {"guidance": Check(True, "release 0001"), "records": Check(True, "readable")}

    async def _say(self, case: Case, text: str) -> None:
        self.said.append((case.id, text))

    async def readiness(self) -> dict[str, Check]:
        return self.checks

    async def versions(self) -> dict[str, str | None]:
        return {"policies": "0123456789ab", "corpus": None}


def factory_of(service: FakeService) -> Callable[[], object]:
    """Opens this service."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[FakeService]:
        yield service
        await service.runner.close()

    return opened
