"""Runs turns: the one path that the HTTP API, the command line and the evaluations share.

A turn runs in a task of its own and writes its events to a log; clients read the log. A client that leaves may come back
within ``GRACE_S`` for what it missed; after that the task is cancelled and the outcome recorded all the same.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, Literal
from weakref import WeakValueDictionary

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig

from agent.access import DEFAULT_TENANT, NEW_THREAD, thread_key
from agent.attachments.media import require_fit
from agent.context import Dependencies, TurnContext
from agent.errors import EmptyInput, InputTooLong, RecordsUnavailable, TurnFailedError, UnknownThread, UnknownTurn
from agent.event_log import EventLog, TurnLog
from agent.events import Event, TurnCompleted, TurnEvent, TurnFailed, TurnStarted
from agent.graph import Graph
from agent.models import Told, TurnInput, TurnResult
from agent.moderation import CHECKS, MODEL_CHECKS
from agent.ports import EarlierTurn, FinishedTurn
from agent.sealing import Keep
from agent.tracing import ended
from agent.usage import ModelCall, gathered, models_body, usage_of

GRACE_S: Final = 0.5
MAX_EARLIER: Final = 20
"""Earlier user messages that are judged."""

_THREAD_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")

logger = logging.getLogger(__name__)
Outcome = Literal["delivered", "replaced", "failed", "client_left"]
"""``replaced``: an output check held a part of the reply back."""


class TurnRunner:
    """Runs turns over a compiled graph."""

    def __init__(self, graph: Graph, deps: Dependencies, *, max_input_chars: int, replay_s: float) -> None:
        self._graph = graph
        self._deps = deps
        self._max_input_chars = max_input_chars
        self._log = EventLog(replay_s)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self, request: TurnInput) -> str:
        """The id of the turn, which is now running.

        Raises:
            EmptyInput: the text has no visible character.
            InvalidAttachment, AttachmentTooLarge: the files are not what they say, or too much.
            InputTooLong: the text is longer than the setting allows.
            UnknownThread: ``thread_id`` names no thread.
            RecordsUnavailable: it cannot be told whether it does.
        """
        self._validate(request)
        tenant = request.context.tenant or DEFAULT_TENANT
        thread_id = request.thread_id
        if thread_id is None:
            thread_id = f"thread_{uuid.uuid4().hex}"
        elif not _THREAD_ID.fullmatch(thread_id) or (
            thread_key(tenant, thread_id) not in self._locks and not await self._messages(tenant, thread_id)
        ):
            raise UnknownThread(f"unknown thread `{thread_id[:80]}`; leave `thread_id` out to start a new one")
        turn_id = f"turn_{uuid.uuid4().hex}"
        log = self._log.open(turn_id, tenant)
        task = asyncio.create_task(self._drive(turn_id, thread_id, request, log), name=turn_id)
        self._tasks[turn_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(turn_id, None))
        return turn_id

    def events(self, turn_id: str, after: int = 0, tenant: str | None = None) -> AsyncIterator[TurnEvent]:
        """Events of the turn with ``seq > after``, live until it is finished. ``tenant`` limits whose turns are seen.

        Raises:
            UnknownTurn: no such turn, or it is no longer kept.
        """
        log = self._log_of(turn_id, tenant)
        return log.read(after, on_abandoned=lambda: self._abandoned(log))

    def batches(self, turn_id: str, after: int = 0, tenant: str | None = None) -> AsyncIterator[Sequence[TurnEvent]]:
        """The same events, as many at a time as there are. Raises as ``events``."""
        log = self._log_of(turn_id, tenant)
        return log.batches(after, on_abandoned=lambda: self._abandoned(log))

    async def stream(self, request: TurnInput) -> AsyncIterator[TurnEvent]:
        """Start a turn and yield its events. Raises as ``start``."""
        turn_id = await self.start(request)
        async for event in self.events(turn_id):
            yield event

    async def run(self, request: TurnInput) -> TurnResult:
        """The result of the turn. Raises as ``start``.

        Raises:
            TurnFailedError: the turn failed closed.
        """
        async for event in self.stream(request):
            if isinstance(event.data, TurnCompleted):
                return event.data.result
            if isinstance(event.data, TurnFailed):
                failed = event.data
                raise TurnFailedError(event.turn_id, failed.code, failed.detail, failed.text, failed.status)
        raise RuntimeError("a turn ended without a last event")

    async def say(self, tenant: str, thread_id: str, message_id: str, text: str, kept: dict[str, object]) -> None:
        """The thread has this message of ours, once however often it is said. Waits for a turn that is running in it here."""
        key = thread_key(tenant, thread_id)
        async with self._locks.setdefault(key, asyncio.Lock()):
            config: RunnableConfig = {"configurable": {"thread_id": key}}
            message = AIMessage(text, id=message_id, additional_kwargs={"handrail": kept})
            await self._graph.aupdate_state(config, {"messages": [message]}, as_node="deliver")

    async def knows(self, tenant: str, thread_id: str) -> bool:
        """True when the tenant has a thread of this id."""
        return bool(_THREAD_ID.fullmatch(thread_id)) and bool(await self._messages(tenant, thread_id))

    async def close(self) -> None:
        """Every running turn has ended."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- one turn -------------------------------------------------------------------------------

    def _validate(self, request: TurnInput) -> None:
        if request.attachments:
            reader = self._deps.attachments
            require_fit(request.attachments, reader.max_bytes if reader else 0)
        elif not any(character.isprintable() and not character.isspace() for character in request.text):
            raise EmptyInput("`input` is empty; send the person's message")
        longest = max((len(text) for text in (request.text, *request.history, *request.instructions)), default=0)
        if longest > self._max_input_chars:
            raise InputTooLong(
                f"`input` has {longest:,} characters; at most {self._max_input_chars:,} are accepted "
                "(setting HANDRAIL_MAX_INPUT_CHARS)"
            )

    async def _drive(self, turn_id: str, thread_id: str, request: TurnInput, log: TurnLog) -> None:
        started = time.perf_counter()
        tenant = request.context.tenant or DEFAULT_TENANT
        lock = self._locks.setdefault(thread_key(tenant, thread_id), asyncio.Lock())
        ctx: TurnContext | None = None
        last: TurnCompleted | TurnFailed | None = None
        heard = _Heard(log)
        try:
            async with lock:
                messages = await self._messages(tenant, thread_id) if request.thread_id else []
                ctx = TurnContext(
                    deps=self._deps,
                    policies=self._deps.policies.live(thread_id),
                    shadow=self._deps.policies.shadow(),
                    turn_id=turn_id,
                    thread_id=thread_id,
                    request=request,
                    earlier=_earlier(request.history, messages),
                    emit=heard.append,
                )
                with self._deps.tracing.turn(turn_id, thread_id) as span, gathered(ctx.calls):
                    await self._run_graph(ctx, tenant)
                    last = heard.ended()
                    ended(span, last)
        except asyncio.CancelledError:
            last = _failed("client_left", "the client left before the turn was finished", self._deps, 503)
            raise
        except RecordsUnavailable as error:
            logger.error("turn not kept: %s", error, extra={"action": "turn_not_kept", "turn_id": turn_id})
            last = _failed("records_unavailable", "the conversation could not be read or kept", self._deps, 503)
        except Exception as error:
            logger.exception("turn failed outside the graph", extra={"action": "turn_crashed", "turn_id": turn_id})
            last = _failed("internal_error", f"the turn could not be run ({type(error).__name__})", self._deps, 500)
        finally:
            await asyncio.shield(self._finish(ctx, log, last, started))

    async def _run_graph(self, ctx: TurnContext, tenant: str) -> None:
        thread = {"thread_id": thread_key(tenant, ctx.thread_id), NEW_THREAD: ctx.request.thread_id is None}
        await self._graph.ainvoke(
            {"messages": [HumanMessage(ctx.request.text)]},
            {"configurable": thread, "recursion_limit": 25},
            context=ctx,
            stream_mode="updates",  # the least that LangGraph can do; nobody reads it
            durability="exit",
        )

    async def _finish(
        self, ctx: TurnContext | None, log: TurnLog, last: TurnCompleted | TurnFailed | None, started: float
    ) -> None:
        last = last or _failed("internal_error", "the turn ended without a result", self._deps, 500)
        timings = {**(ctx.timings if ctx else {}), "total": round((time.perf_counter() - started) * 1000, 3)}
        calls = [call.so_far() for call in ctx.calls] if ctx else []
        if isinstance(last, TurnCompleted):
            usage = usage_of(calls)
            last = TurnCompleted(result=last.result.model_copy(update={"timings_ms": timings, "usage": usage}))
        if ctx is not None:
            try:
                body = _outcome_body(last, timings, self._wrote(ctx, calls)) | models_body(calls)
                if isinstance(last, TurnCompleted):
                    result = last.result
                    # Our own texts hold nobody's data: the numbers in them are helplines, which a redaction would take out.
                    whole = result.composer != "model" and "none" not in ctx.keep
                    keep: Keep | None = "full" if whole else None
                    await ctx.record("outcome", log.tenant, body, result.text, result.rationale.language, keep)
                else:
                    await ctx.record("outcome", log.tenant, body)
            except Exception:
                # The text has left already, under its decision record; the missing outcome is what the log must show.
                logger.exception("outcome not recorded", extra={"action": "outcome_lost", "turn_id": ctx.turn_id})
        if self._deps.observer is not None:
            began = next((event.data for event in log.events if isinstance(event.data, TurnStarted)), None)
            checks = _checks(last.result) if isinstance(last, TurnCompleted) else ()
            self._deps.observer.finished(FinishedTurn(began, last, timings, tuple(checks), tuple(calls)))
        log.append(last)
        log.finish()
        logger.info(
            "turn finished",
            extra={
                "action": "turn_finished",
                "turn_id": log.turn_id,
                "outcome": _outcome(last),
                "ms": timings["total"],
            },
        )

    def _wrote(self, ctx: TurnContext, calls: Sequence[ModelCall]) -> dict[str, str] | None:
        """The model whose words the reply is made of, and the prompt that it had; ``None`` where none was asked for words."""
        if not ctx.prompts:
            return None
        named = [call.model for call in calls if call.role in ("answer", "alternative") and call.outcome != "failed"]
        own = self._deps.model.name if self._deps.model else "unknown"
        return {"name": named[-1] if named else own, "prompt": list(ctx.prompts.values())[-1]}

    def _log_of(self, turn_id: str, tenant: str | None) -> TurnLog:
        log = self._log.get(turn_id)
        if log is None or tenant not in (None, log.tenant):
            raise UnknownTurn(f"unknown turn `{turn_id[:80]}`, or its events are no longer kept")
        return log

    def _abandoned(self, log: TurnLog) -> None:
        def cancel_if_still_alone() -> None:
            task = self._tasks.get(log.turn_id)
            if log.readers == 0 and task is not None:
                task.cancel()

        asyncio.get_running_loop().call_later(GRACE_S, cancel_if_still_alone)

    async def _messages(self, tenant: str, thread_id: str) -> list[BaseMessage]:
        snapshot = await self._graph.aget_state({"configurable": {"thread_id": thread_key(tenant, thread_id)}})
        messages: list[BaseMessage] = snapshot.values.get("messages", [])
        return messages


class _Heard:
    """Events go to the log as they come, but the last one, which is logged after its record is written."""

    def __init__(self, log: TurnLog) -> None:
        self._log = log
        self._last: TurnCompleted | TurnFailed | None = None

    def append(self, data: Event) -> None:
        """One more event."""
        if isinstance(data, TurnCompleted | TurnFailed):
            self._last = data
        else:
            self._log.append(data)

    def ended(self) -> TurnCompleted | TurnFailed:
        """The last event."""
        if self._last is None:
            raise RuntimeError("the graph ended without a result")
        return self._last


def _earlier(history: Sequence[str], messages: Sequence[BaseMessage]) -> tuple[EarlierTurn, ...]:
    """Earlier user messages, oldest first: those of the thread, then those that the caller gave."""
    turns: list[EarlierTurn] = []
    for index, message in enumerate(messages):
        if not isinstance(message, HumanMessage):
            continue
        reply = messages[index + 1] if index + 1 < len(messages) else None
        kept: dict[str, Any] = reply.additional_kwargs.get("handrail", {}) if isinstance(reply, AIMessage) else {}
        # A newer replica may have kept more than this one knows: the thread goes on while services are brought up to date.
        told = Told.model_validate(kept, extra="ignore") if "rationale" in kept else None
        turns.append(EarlierTurn(message.text, kept.get("action"), kept.get("unsafe"), told))
    turns += [EarlierTurn(text, None, None) for text in history]
    return tuple(turns[-MAX_EARLIER:])


def _failed(code: str, detail: str, deps: Dependencies, status: Literal[500, 503, 504]) -> TurnFailed:
    return TurnFailed(code=code, detail=detail, text=deps.messages.get("failed", "en"), status=status)


def _outcome(last: TurnCompleted | TurnFailed) -> Outcome:
    if isinstance(last, TurnCompleted):
        return "replaced" if last.result.held else "delivered"
    return "client_left" if last.code == "client_left" else "failed"


def _checks(result: TurnResult) -> list[str]:
    """Names of the output checks that ran."""
    asked = {"secrets", *(obligation.partition(":")[0] for obligation in result.obligations), *result.held}
    return [
        *(name for name in CHECKS if name in asked),
        *(name for name in MODEL_CHECKS if result.composer == "model" or name in result.held),
    ]


def _outcome_body(
    last: TurnCompleted | TurnFailed, timings: dict[str, float], model: dict[str, str] | None
) -> dict[str, object]:
    if isinstance(last, TurnFailed):
        return {"outcome": _outcome(last), "code": last.code, "detail": last.detail, "timings_ms": timings}
    result = last.result
    return {
        "outcome": _outcome(last),
        "action": result.action.value,
        "composer": result.composer,
        "model": model if result.composer == "model" else None,
        "checks": {name: "held" if name in result.held else "passed" for name in _checks(result)},
        "corpus_release": result.corpus_release,
        "cited": [
            {"document_id": c.document_id, "revision": c.revision, "section": c.section} for c in result.citations
        ],
        "notices": [notice.code for notice in result.notices],
        "next_steps": len(result.alternative.next_steps) if result.alternative else 0,
        "case_id": result.case_id,
        "timings_ms": timings,
    }
