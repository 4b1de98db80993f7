"""What the HTTP layer needs of the service behind it. ``agent.bootstrap.Service`` keeps these promises."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from agent.desk import Desk
from agent.events import TurnEvent
from agent.feedback import Feedback
from agent.metrics import Metrics
from agent.models import TurnInput, TurnResult
from agent.ports import Keys, Records
from agent.replays import Replays
from agent.review import Review
from agent.screening import Screener
from agent.settings import Settings


class Runner(Protocol):
    """Runs turns."""

    async def start(self, request: TurnInput) -> str:
        """The id of the turn, which is now running. Raises ``agent.errors.RequestError``."""
        ...

    def events(self, turn_id: str, after: int = 0, tenant: str | None = None) -> AsyncIterator[TurnEvent]:
        """Events with ``seq > after``, live until the turn is finished. Raises ``UnknownTurn``, also for a turn of another
        tenant than ``tenant``."""
        ...

    def batches(self, turn_id: str, after: int = 0, tenant: str | None = None) -> AsyncIterator[Sequence[TurnEvent]]:
        """The same events, as many at a time as there are. Raises as ``events``."""
        ...

    async def run(self, request: TurnInput) -> TurnResult:
        """The result of the turn. Raises ``RequestError`` or ``TurnFailedError``."""
        ...

    async def knows(self, tenant: str, thread_id: str) -> bool:
        """True when the tenant has a thread of this id."""
        ...


class Check(Protocol):
    """The state of one dependency."""

    @property
    def ok(self) -> bool:
        """True when turns can rely on it."""
        ...

    @property
    def detail(self) -> str:
        """What is wrong, or what is in use."""
        ...


class PoliciesInForce(Protocol):
    """The policies that decide now."""

    def status(self) -> str:
        """What is in force, and what was rejected since."""
        ...

    def refresh(self) -> None:
        """What changed on disk is in force, or rejected with its reason logged. Never raises; blocks for a second."""
        ...


class Service(Protocol):
    """A running service."""

    @property
    def runner(self) -> Runner:
        """The one path on which turns run."""
        ...

    @property
    def screener(self) -> Screener:
        """The parts of a turn by themselves."""
        ...

    @property
    def keys(self) -> Keys:
        """The API keys."""
        ...

    @property
    def desk(self) -> Desk:
        """The work on the library."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings it runs with."""
        ...

    @property
    def records(self) -> Records:
        """Decisions and outcomes."""
        ...

    @property
    def policies(self) -> PoliciesInForce:
        """The policies in force."""
        ...

    @property
    def review(self) -> Review:
        """The work on cases."""
        ...

    @property
    def feedback(self) -> Feedback:
        """What people say of turns."""
        ...

    @property
    def replays(self) -> Replays:
        """Answers to requests that may come again."""
        ...

    @property
    def metrics(self) -> Metrics:
        """What is counted."""
        ...

    async def versions(self) -> Mapping[str, str | None]:
        """What decides and what is cited, by name. Never raises."""
        ...

    async def readiness(self) -> Mapping[str, Check]:
        """The state of every dependency by name. Never raises: an unreachable dependency is an answer."""
        ...


ServiceFactory = Callable[[], AbstractAsyncContextManager[Service]]
"""Opens the service when the application starts and closes it when it stops."""
