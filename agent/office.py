"""What is kept, opened from the settings: the half of the composition root that needs no models and no guidance.

``bootstrap`` builds a running service on it; commands that look after records, cases and keys need no more.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.adapters.answers_sql import SqlAnswers
from agent.adapters.cases_sql import SqlCases
from agent.adapters.clock import SystemClock
from agent.adapters.database import open_checkpoints, open_database
from agent.adapters.keys_sql import SqlKeys
from agent.adapters.outbox_sql import SqlOutbox
from agent.adapters.records_sql import SqlRecords
from agent.adapters.secret_file import load_secret
from agent.adapters.subject_keys_sql import SqlSubjectKeys
from agent.adapters.webhook_http import GuardedSender
from agent.cases import Case
from agent.drafting import Drafter
from agent.errors import SettingsError
from agent.feedback import Feedback
from agent.metrics import Metrics
from agent.ports import Clock, Records
from agent.prompts import load_messages
from agent.replays import Replays
from agent.review import Review, Say
from agent.sealing import Sealer, Secret
from agent.settings import Settings
from agent.webhooks import Hook, Webhooks

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from sqlalchemy.ext.asyncio import AsyncEngine

    from agent.runner import TurnRunner


@dataclass(frozen=True)
class BackOffice:
    """What is kept, without the parts that run turns."""

    settings: Settings
    engine: AsyncEngine
    records: SqlRecords
    keys: SqlKeys
    subject_keys: SqlSubjectKeys
    cases: SqlCases
    sealer: Sealer
    checkpoints: BaseCheckpointSaver[Any]
    clock: Clock

    @property
    def review(self) -> Review:
        """The work on cases; verdicts are left for a running service to tell."""
        return self._review(None, None)

    def review_telling(self, runner: TurnRunner, drafter: Drafter | None) -> Review:
        """The work on cases, whose verdicts this runner tells in their threads."""

        async def say(case: Case, text: str) -> None:
            kept: dict[str, object] = {"turn_id": case.turn_id, "action": None, "case_id": case.id}
            await runner.say(case.tenant, case.thread_id, f"verdict_{case.id}", text, kept)

        return self._review(say, drafter)

    def feedback(self, metrics: Metrics | None = None) -> Feedback:
        """What people say of turns."""
        return Feedback(
            records=self.records,
            cases=self.cases,
            sealer=self.sealer,
            clock=self.clock,
            review_share=self.settings.feedback_review_share,
            metrics=metrics,
        )

    @property
    def replays(self) -> Replays:
        """Answers to requests that may come again."""
        return Replays(SqlAnswers(self.engine), self.sealer.secret, self.clock)

    @asynccontextmanager
    async def webhooks(self, metrics: Metrics | None = None) -> AsyncIterator[Webhooks]:
        """Events of threads are told to the webhooks of their tenants as long as this lasts."""
        async with GuardedSender(allow_private=self.settings.webhook_allow_private) as sender:
            hooks = Webhooks(
                hooks={tenant: Hook(each.url, each.key()) for tenant, each in self.settings.webhooks.items()},
                outbox=SqlOutbox(self.engine),
                sealer=self.sealer,
                sender=sender,
                clock=self.clock,
                metrics=metrics,
            )
            async with hooks.watching():
                yield hooks

    def _review(self, say: Say | None, drafter: Drafter | None) -> Review:
        return Review(
            cases=self.cases,
            events=self.cases,
            records=self.records,
            sealer=self.sealer,
            messages=load_messages(),
            clock=self.clock,
            say=say,
            drafter=drafter,
        )


@asynccontextmanager
async def open_back_office(settings: Settings) -> AsyncIterator[BackOffice]:
    """The database, while a service may be running on it.

    Raises:
        SettingsError, RecordsUnavailable: the database cannot be opened; the message says which and where.
    """
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(_database(settings))
        secret = load_secret(settings)
        records = await stack.enter_async_context(own_records(engine, secret))
        checkpoints = await stack.enter_async_context(open_checkpoints(settings))
        subject_keys = SqlSubjectKeys(engine)
        yield BackOffice(
            settings=settings,
            engine=engine,
            records=records,
            keys=SqlKeys(engine),
            subject_keys=subject_keys,
            cases=SqlCases(engine),
            sealer=Sealer(secret, subject_keys),
            checkpoints=checkpoints,
            clock=SystemClock(),
        )


@asynccontextmanager
async def open_records(settings: Settings) -> AsyncIterator[SqlRecords]:
    """The records of the data directory, without the rest of the service.

    Raises:
        RecordsUnavailable: they cannot be opened.
    """
    async with _database(settings) as engine, own_records(engine, load_secret(settings)) as records:
        yield records


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[AsyncEngine]:
    require_folder(settings.data_dir)
    async with open_database(settings) as engine:
        yield engine


@asynccontextmanager
async def own_records(engine: AsyncEngine, secret: Secret) -> AsyncIterator[SqlRecords]:
    """The records of this engine, written as long as this lasts. Raises as ``require_own``."""
    records = SqlRecords(engine, secret)
    await require_own(records, secret)
    try:
        yield records
    finally:
        await records.close()


async def require_own(records: Records, secret: Secret) -> None:
    """The records, if any, were signed with this secret.

    Raises:
        SettingsError: they were signed with another one, so texts could not be read and the chain would not verify.
    """
    head = (await records.marks()).head
    if head is not None and head.key_id != secret.key_id:
        raise SettingsError(
            f"the records were signed with the key `{head.key_id}`, and the secret here makes `{secret.key_id}`; give every "
            "replica the same HANDRAIL_SECRET_KEY, or restore `secret.key` beside the database"
        )


def require_folder(path: Path) -> None:
    """The folder is there. Raises ``SettingsError`` when it cannot be."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)  # conversations are in it as they were said
    except OSError as error:
        raise SettingsError(
            f"setting `HANDRAIL_DATA_DIR` is `{path}`, which cannot be a folder: {error.strerror}; name another one"
        ) from error
