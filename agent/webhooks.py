"""Telling an application of what happened in its threads: signed, tried again, and not lost when the process ends.

Every event of a thread is put into the outbox in the transaction that stores it; a running service sends what is due to the
webhook of the tenant, at least once. The signature is that of Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over
``<id>.<time>.<body>``, so that receivers can check it with a library they have, and drop what is old or came before.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from agent.background import looking, running
from agent.cases import ThreadEvent
from agent.errors import DeliveryFailed
from agent.metrics import Metrics
from agent.ports import Clock, Outbox, Outgoing, WebhookSender
from agent.sealing import Sealed, Sealer

LOOK_S: Final = 1.0
AT_ONCE: Final = 20
"""Deliveries under way together."""
FIRST_WAIT: Final = timedelta(seconds=15)
"""Before the second try; longer than a try takes, so that no other replica sends beside us."""
LONGEST_WAIT: Final = timedelta(hours=1)
GIVE_UP: Final = timedelta(days=3)

logger = logging.getLogger(__name__)


class Hook(NamedTuple):
    """Where a tenant hears of its threads."""

    url: str
    key: bytes


class Webhooks:
    """Sends what is in the outbox."""

    def __init__(
        self,
        *,
        hooks: Mapping[str, Hook],
        outbox: Outbox,
        sealer: Sealer,
        sender: WebhookSender,
        clock: Clock,
        metrics: Metrics | None = None,
    ) -> None:
        self._hooks = hooks
        self._outbox = outbox
        self._sealer = sealer
        self._sender = sender
        self._clock = clock
        self._metrics = metrics

    async def deliver_due(self) -> int:
        """How many events were due and have been tried or put aside. Raises ``RecordsUnavailable``."""
        due = await self._outbox.due(self._clock.now(), AT_ONCE)
        await asyncio.gather(*(self._deliver(outgoing) for outgoing in due))
        return len(due)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """What is due is sent within ``LOOK_S`` and a bit."""
        async with running(looking(self._deliver_all, LOOK_S, _not_sent), "webhooks"):
            yield

    async def _deliver_all(self) -> None:
        while await self.deliver_due() == AT_ONCE:
            pass

    async def _deliver(self, outgoing: Outgoing) -> None:
        event, now = outgoing.event, self._clock.now()
        hook = self._hooks.get(event.tenant)
        if hook is None:
            await self._outbox.done(event.seq)
            return
        if not await self._outbox.take(outgoing, now + wait_after(outgoing.attempts)):
            return
        text = await self._sealer.unseal(Sealed.model_validate(event.text))
        if text is None:  # erased since: nobody is left whom it concerns
            await self._outbox.done(event.seq)
            return
        fault = await self._try(hook, event, text, now)
        self._count("delivered" if fault is None else "failed")
        where = {"seq": event.seq, "tenant": event.tenant, "case_id": event.case_id, "attempts": outgoing.attempts + 1}
        if fault is None:
            await self._outbox.done(event.seq)
        elif now - event.at > GIVE_UP:
            await self._outbox.done(event.seq)
            self._count("given_up")
            logger.error("webhook given up: %s", fault, extra={"action": "webhook_given_up", **where})
        else:
            logger.warning("webhook not delivered: %s", fault, extra={"action": "webhook_failed", **where})

    async def _try(self, hook: Hook, event: ThreadEvent, text: str, now: datetime) -> str | None:
        """Why it was not taken; ``None`` when it was."""
        body = json.dumps(payload(event, text), ensure_ascii=False).encode()
        try:
            status = await self._sender.post(
                hook.url, signed(hook.key, f"evt_{event.case_id}_{event.seq}", now, body), body
            )
        except DeliveryFailed as error:
            return str(error)
        return None if 200 <= status < 300 else f"the answer has status {status}"

    def _count(self, outcome: str) -> None:
        if self._metrics is not None:
            self._metrics.delivered(outcome)


def payload(event: ThreadEvent, text: str) -> dict[str, object]:
    """What a webhook is told of the event."""
    data = {
        "tenant": event.tenant,
        "thread_id": event.thread_id,
        "case_id": event.case_id,
        "resolution": event.resolution,
        "text": text,
    }
    return {"type": event.name, "timestamp": event.at.isoformat(), "data": data}


def signed(key: bytes, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The headers of a delivery."""
    at = str(int(now.timestamp()))
    digest = hmac.new(key, f"{message_id}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "handrail",
        "webhook-id": message_id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def wait_after(attempts: int) -> timedelta:
    """How long to wait after one more try than this: twice as long each time, up to ``LONGEST_WAIT``."""
    longer: int = 2 ** min(attempts, 20)
    return min(FIRST_WAIT * longer, LONGEST_WAIT)


def _not_sent(error: Exception) -> None:
    logger.error("webhooks not sent: %s", error, extra={"action": "webhooks_stuck"})
