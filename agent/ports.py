"""What the agent needs from the outside. Each port has a deterministic twin in ``agent.adapters``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from agent.access import DEFAULT_TENANT, ApiKey
from agent.audit import Entry, Mark, Marks, Record, SubjectKey
from agent.cases import Case, CaseFilter, ThreadEvent, Waiting
from agent.events import TurnCompleted, TurnFailed, TurnStarted
from agent.explanation import Explanation
from agent.models import Perception, RiskAssessment, Told
from agent.usage import ModelCall, Tokens
from policies.policy_set import PolicySet
from policies.taxonomy import Hazard
from retrieval.models import Vector


class EarlierTurn(NamedTuple):
    """A user message before this one, with what was decided on it (``None``: the caller's history)."""

    text: str
    action: str | None
    unsafe: float | None
    told: Told | None = None
    """What the reply to it said; ``None`` where that is not known."""


class Sought(NamedTuple):
    """What guidance is looked for by."""

    text: str
    vector: Vector


class Judgement(NamedTuple):
    """The assessment, the text that was judged with its embedding, and what the search goes by."""

    risk: RiskAssessment
    query: str
    """The view that decided the judgement, with the earlier turn that a short follow-up refers to."""
    vector: Vector
    """The embedding of ``query``."""
    text: str | None = None
    """The view that decided, alone; ``None`` where it is ``query``."""
    thread: Sought | None = None
    """What to search by where there was a conversation before; ``None`` where ``query`` and ``vector`` say all there is."""
    language: str | None = None
    """The language that the view was read in, where that is not the one of the message."""

    @property
    def sought(self) -> Sought:
        """What to search guidance by."""
        return self.thread or Sought(self.query, self.vector)


class RiskJudge(Protocol):
    """Judges a message in its conversation."""

    async def assess(
        self, perception: Perception, earlier: Sequence[EarlierTurn], tenant: str = DEFAULT_TENANT
    ) -> Judgement:
        """The calibrated judgement, by the exemplars of this tenant where there are any. Deterministic; bounded in time for
        any input; never blocks the event loop."""
        ...


class RiskExplainer(Protocol):
    """Says why a judgement is what it is."""

    async def explain(self, judgement: Judgement, earlier: Sequence[EarlierTurn]) -> Explanation:
        """The explanation. Bounded in time; never blocks the event loop; a part that cannot be had is missing with a note."""
        ...


class GuardVerdict(NamedTuple):
    """What a guard model says of a request."""

    unsafe: bool
    hazards: tuple[Hazard, ...] = ()
    """The hazards that it names; empty where its format has none."""


class GuardModel(Protocol):
    """A larger model that tells safe requests from unsafe ones."""

    name: str

    async def ask(self, text: str, earlier: str) -> GuardVerdict:
        """Its verdict on the text after the earlier conversation, which may be empty.

        Raises:
            ModelUnavailable: it cannot be reached, refuses, or takes too long.
            ModelOutputError: its answer is not one of the format.
        """
        ...


class Perceiver(Protocol):
    """Sees through form."""

    async def perceive(self, text: str) -> Perception:
        """Views, language and personal data of the text. Total: any string has a perception."""
        ...


class ChatMessage(NamedTuple):
    """A message for the model: ``role`` is system, user or assistant."""

    role: str
    text: str
    images: tuple[str, ...] = ()
    """Data URLs of pictures that come with it."""


class AnswerModel(Protocol):
    """A chat model."""

    name: str

    def stream(self, messages: Sequence[ChatMessage]) -> AsyncGenerator[str, None]:
        """Pieces of the answer as they come; closing the generator or cancelling the iteration ends the call.

        Raises:
            ModelUnavailable: the endpoint cannot be reached, refuses, or stalls.
            ModelOutputError: the endpoint answered with something that is not an answer.
        """
        ...


class EndpointModel(Protocol):
    """The chat model of one endpoint, which tells what a call has used."""

    name: str

    def stream(self, messages: Sequence[ChatMessage], tokens: Tokens | None = None) -> AsyncGenerator[str, None]:
        """As ``AnswerModel.stream``; what the endpoint reports of tokens is in ``tokens`` afterwards."""
        ...


class SupportJudge(Protocol):
    """A second opinion on whether a passage supports a sentence."""

    async def supports(self, sentence: str, passage: str) -> bool:
        """True when the passage says what the sentence says.

        Raises:
            ModelUnavailable: nobody can be asked.
            ModelOutputError: the answer is neither yes nor no.
        """
        ...


class Material(NamedTuple):
    """What a text holds that somebody handed over to be worked on."""

    text: str
    """The text without sentences that surely are orders to the assistant."""
    attack: float = 0.0
    """How much it looks like an attack on the assistant, 0..1."""
    orders: int = 0
    """Sentences that were left out."""
    asks: str | None = None
    """The part that most surely asks for harm, where one does."""


class MaterialJudge(Protocol):
    """Judges material, which is no request."""

    async def read(self, text: str, views: Sequence[str], language: str) -> Material:
        """What the text holds, and what its decoded views hold. Time grows with its length; never blocks the event loop."""
        ...


class Transcriber(Protocol):
    """Turns speech into text."""

    name: str

    async def transcribe(self, data: bytes, media_type: str) -> str:
        """What is said; empty where nothing is.

        Raises:
            ModelUnavailable: it cannot be reached, refuses, or takes too long.
            ModelOutputError: its answer is no transcript.
        """
        ...


class OutputJudge(Protocol):
    """Judges a piece of what a model wrote."""

    async def hazards(self, text: str, request: str, language: str) -> tuple[str, ...]:
        """Names of the hazards that the text, an answer to ``request``, surely carries; empty for text that may leave. Never
        blocks the event loop."""
        ...


class Records(Protocol):
    """The append-only, hash-chained record of what was decided, of what came of it, and of who changed what."""

    async def append(self, entry: Entry, keys: Sequence[SubjectKey] = ()) -> Record:
        """The record, durable when this returns, together with new keys that its texts are sealed with.

        Raises:
            RecordsUnavailable: it could not be written; nothing may be answered then.
        """
        ...

    async def read(
        self,
        *,
        turn_id: str | None = None,
        subject: str | None = None,
        kind: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Record]:
        """Records with ``seq > after`` in order of ``seq``; all of them by default."""
        ...

    async def marks(self) -> Marks:
        """Where the chain begins and ends, as signed at the last write."""
        ...

    async def forget(self, through: Mark) -> int:
        """How many records up to this one are gone; the anchor of the chain is ``through`` afterwards."""
        ...


class SubjectKeys(Protocol):
    """The keys of persons' texts, which ``Records.append`` adds."""

    async def find(self, tenant: str, subject: str) -> SubjectKey | None:
        """A key of this person. Raises ``RecordsUnavailable``, as every method here."""
        ...

    async def get(self, key_id: str) -> SubjectKey | None:
        """The key of this id; ``None`` once it is destroyed."""
        ...

    async def destroy(self, tenant: str, subject: str) -> int:
        """How many keys of this person there were; none is left anywhere in the database."""
        ...


class CaseLoad(Protocol):
    """How much work there is for people."""

    async def waiting(self, now: datetime, tenant: str | None = None) -> list[Waiting]:
        """The unresolved cases of the tenant, or of all, added up by queue. Raises ``RecordsUnavailable``."""
        ...


class Cases(CaseLoad, Protocol):
    """What people have to look at. Every method raises ``RecordsUnavailable`` when they cannot be reached."""

    async def add(self, case: Case) -> None:
        """The case is filed, durable when this returns."""
        ...

    async def get(self, case_id: str, tenant: str | None = None) -> Case | None:
        """The case; ``None`` also when it is of another tenant than ``tenant``."""
        ...

    async def find(self, wanted: CaseFilter) -> list[Case]:
        """Cases that match, the one due soonest first."""
        ...

    async def replace(self, case: Case, event: ThreadEvent | None = None) -> bool:
        """The case is as given, and the event is in its thread; both or, when somebody has changed the case since the
        version before this one, neither: then it is False."""
        ...


class ThreadEvents(Protocol):
    """What happened in threads outside their turns; ``Cases.replace`` adds to it."""

    async def after(self, tenant: str, thread_id: str, seq: int) -> list[ThreadEvent]:
        """Events of the thread with a greater ``seq``, in order. Raises ``RecordsUnavailable``."""
        ...


class Outgoing(NamedTuple):
    """An event of a thread that is to be told to a webhook, after so many tries."""

    event: ThreadEvent
    attempts: int


class Outbox(Protocol):
    """What webhooks are to be told; ``Cases.replace`` adds every event. Every method raises ``RecordsUnavailable``."""

    async def due(self, now: datetime, limit: int) -> list[Outgoing]:
        """What is due now, longest due first."""
        ...

    async def take(self, outgoing: Outgoing, until: datetime) -> bool:
        """It is the caller's to send, one more try is counted, and it is due again at ``until`` unless it is done before. False
        when somebody else has taken it since it was read."""
        ...

    async def done(self, seq: int) -> None:
        """Nobody needs to send this event any more."""
        ...


class WebhookSender(Protocol):
    """Sends to addresses that others chose."""

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """The status of the answer, in bounded time. Redirects are not followed, and what is said in the body is not read.

        Raises:
            DeliveryFailed: nobody answered, or the address may not be reached.
        """
        ...


class KeptAnswer(NamedTuple):
    """What is kept under an idempotency key."""

    fingerprint: str
    """Of the request that it was first used for."""
    answer: str | None
    """Sealed; ``None`` while the request is being handled."""


class AnswerStore(Protocol):
    """Answers to requests that may come again, by the hash of their key. Every method raises ``RecordsUnavailable``."""

    async def claim(self, key: str, tenant: str, fingerprint: str, now: datetime, until: datetime) -> KeptAnswer | None:
        """What is kept under this key and has not expired; ``None`` when there was nothing, and then the key is the caller's
        until the time given. Of many who claim a key at once one has it."""
        ...

    async def keep(self, key: str, answer: str, until: datetime) -> None:
        """The answer is kept under the key until then."""
        ...

    async def drop(self, key: str) -> None:
        """The key is free."""
        ...


class Keys(Protocol):
    """API keys, by id."""

    async def add(self, key: ApiKey) -> None:
        """The key is kept. Raises ``RecordsUnavailable``, as every method here."""
        ...

    async def get(self, key_id: str) -> ApiKey | None:
        """The key of this id, whatever its state."""
        ...

    async def all(self) -> list[ApiKey]:
        """Every key, oldest first."""
        ...

    async def expire(self, key_id: str, at: datetime, *, revoke: bool) -> bool:
        """The key is usable until ``at`` and no longer; ``revoke`` says so as a revocation. False when there is none, or when
        it ends earlier anyway."""
        ...


class PolicySource(Protocol):
    """The policies that are in force, which may change while the service runs."""

    def live(self, thread_id: str) -> PolicySet:
        """The policies for turns of this thread; the same thread keeps to one side of a canary. Never blocks."""
        ...

    def shadow(self) -> PolicySet | None:
        """The policies that decide beside the live ones and change nothing, if any."""
        ...


class FinishedTurn(NamedTuple):
    """A turn that has ended, as far as it came."""

    started: TurnStarted | None
    last: TurnCompleted | TurnFailed
    timings_ms: dict[str, float]
    """Stage name -> milliseconds, with ``total``."""
    checks: tuple[str, ...]
    """Names of the output checks that ran."""
    calls: tuple[ModelCall, ...] = ()
    """Calls to models."""


class TurnObserver(Protocol):
    """Watches turns and changes nothing."""

    def finished(self, turn: FinishedTurn) -> None:
        """A turn has ended. Never blocks and never raises."""
        ...


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """The current time, in UTC."""
        ...
