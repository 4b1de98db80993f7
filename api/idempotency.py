"""``Idempotency-Key``: a POST that is sent again with the same key and body has the answer it had, and no second effect.

The gate asks ``begin`` for every POST that carries the header, after it knows the caller; the middleware keeps the answer before
its last piece leaves. Answers that say "try again" are not kept.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.access import Principal
from agent.errors import RecordsUnavailable
from agent.replays import MOST_BYTES, Answer, Claim, Replays
from api.problems import FieldError, Problem, Replayed

HEADER: Final = "Idempotency-Key"
LONGEST: Final = 255
PARAMETER: Final = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"},
    "description": "a key of your choice for this request; sent again within a day, with the same body, it has the same answer",
}
_TRY_AGAIN: Final = frozenset({408, 425, 429, 499})
_KEPT_HEADERS: Final = ("content-type", "location", "www-authenticate", "x-accel-buffering")

logger = logging.getLogger(__name__)


async def begin(request: Request, caller: Principal) -> None:
    """The request may be handled, for the first time under its key.

    Raises:
        Replayed: it was handled before; here is the answer.
        Problem: the key is none (400).
        KeyReused, KeyInUse, RecordsUnavailable: as ``Replays.begin``.
    """
    key = request.headers.get(HEADER)
    if request.method != "POST" or key is None:
        return
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable() or " " in key:
        detail = f"`{HEADER}` has 1 to {LONGEST} visible ASCII characters, such as a UUID"
        errors = (FieldError(field=HEADER, message="expected e.g. a UUID"),)
        raise Problem(400, "invalid_idempotency_key", detail, title="Invalid idempotency key", errors=errors)
    replays: Replays = request.state.service.replays
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    found = await replays.begin(caller.tenant, caller.name, key, asked)
    if isinstance(found, Answer):
        raise Replayed(found)
    request.scope["state"]["claim"] = (replays, found)


class KeepsAnswers:
    """Keeps the answer of a request that ``begin`` let through, or frees its key when there is none worth keeping."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http" or HEADER.lower() not in Headers(scope=scope):
            await self._app(scope, receive, send)
            return
        answer = _Capture()

        async def kept(message: Message) -> None:
            answer.take(message)
            if answer.whole and (claimed := _claim_of(scope)) is not None:
                await _settle(*claimed, answer.worth_keeping())
            await send(message)

        try:
            await self._app(scope, receive, kept)
        finally:
            if (claimed := _claim_of(scope)) is not None:
                await asyncio.shield(_settle(*claimed, None))


class _Capture:
    """What leaves, as long as it may be kept."""

    def __init__(self) -> None:
        self._status = 500
        self._headers: tuple[tuple[str, str], ...] = ()
        self._body = bytearray()
        self._too_long = False
        self.whole = False

    def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            given = Headers(raw=message["headers"])
            self._headers = tuple((name, given[name]) for name in _KEPT_HEADERS if name in given)
        elif message["type"] == "http.response.body":
            self._body += b"" if self._too_long else message.get("body", b"")
            if len(self._body) > MOST_BYTES:
                self._too_long = True
                self._body.clear()
            self.whole = not message.get("more_body", False)

    def worth_keeping(self) -> Answer | None:
        if self._too_long or self._status >= 500 or self._status in _TRY_AGAIN:
            return None
        return Answer(self._status, self._headers, bytes(self._body))


def _claim_of(scope: Scope) -> tuple[Replays, Claim] | None:
    """The claim of the request, once."""
    found: tuple[Replays, Claim] | None = scope.get("state", {}).pop("claim", None)
    return found


async def _settle(replays: Replays, claim: Claim, answer: Answer | None) -> None:
    try:
        if answer is None:
            await replays.drop(claim)
        else:
            await replays.keep(claim, answer)
    except RecordsUnavailable as error:  # the effect stands; a repetition is refused until the claim runs out
        logger.warning("answer not kept: %s", error, extra={"action": "answer_not_kept"})
