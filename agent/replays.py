"""The same request sent twice has one effect: its answer is kept for a day and given again.

An answer may hold what a person wrote, so it is sealed with a key that comes from the idempotency key itself, of which only a
hash is kept: who has the database and the secret of the installation, but not the client's key, reads nothing, and erasing a
person leaves nothing behind that could be read.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Final, NamedTuple

from agent.errors import KeyInUse, KeyReused
from agent.ports import AnswerStore, Clock
from agent.sealing import Secret

KEPT: Final = timedelta(hours=24)
UNDER_WAY: Final = timedelta(minutes=5)
"""After this long a request that has no answer yet is taken for lost with its process, and may be sent again."""
MOST_BYTES: Final = 1_000_000
"""A longer answer is not kept; the request then runs again."""


class Answer(NamedTuple):
    """What a client was told."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Claim(NamedTuple):
    """A request that is being handled for the first time."""

    name: str


class Replays:
    """Keeps answers under the keys that clients choose, each client by itself."""

    def __init__(self, store: AnswerStore, secret: Secret, clock: Clock) -> None:
        self._store = store
        self._secret = secret
        self._clock = clock

    async def begin(self, tenant: str, caller: str, key: str, request: bytes) -> Claim | Answer:
        """The answer that this request had, or a claim to handle it; ``keep`` or ``drop`` ends the claim.

        Raises:
            KeyReused: the key was used for another request.
            KeyInUse: the first request is still being handled.
            RecordsUnavailable: it cannot be told.
        """
        name = f"{tenant}\0{caller}\0{key}"
        fingerprint = hashlib.sha256(request).hexdigest()
        now = self._clock.now()
        kept = await self._store.claim(self._secret.answer_id(name), tenant, fingerprint, now, now + UNDER_WAY)
        if kept is None:
            return Claim(name)
        if kept.fingerprint != fingerprint:
            raise KeyReused("the `Idempotency-Key` was used for another request; choose a new one for each request")
        answer = None if kept.answer is None else self._secret.unseal_answer(name, kept.answer)
        if answer is None:
            raise KeyInUse("the first request with this `Idempotency-Key` is still being handled; ask again shortly")
        head, _, body = answer.partition(b"\n")
        told = json.loads(head)
        return Answer(told["status"], tuple((name, value) for name, value in told["headers"]), body)

    async def keep(self, claim: Claim, answer: Answer) -> None:
        """The same request has this answer for a day. Raises ``RecordsUnavailable``."""
        head = json.dumps({"status": answer.status, "headers": answer.headers}).encode()
        sealed = self._secret.seal_answer(claim.name, head + b"\n" + answer.body)
        await self._store.keep(self._secret.answer_id(claim.name), sealed, self._clock.now() + KEPT)

    async def drop(self, claim: Claim) -> None:
        """The request may be sent again and will be handled. Raises ``RecordsUnavailable``."""
        await self._store.drop(self._secret.answer_id(claim.name))
