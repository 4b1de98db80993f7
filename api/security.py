"""What every answer carries and every request must respect, whatever the route."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, render

CONTENT_SECURITY_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)
"""The page loads nothing from elsewhere and runs no inline script."""

HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class SecurityHeaders:
    """Adds ``HEADERS`` to every answer. No CORS header is among them: which sites may read what we say is a setting."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def cors(origins: Sequence[str]) -> list[Middleware]:
    """Pages of these origins may call the API; without any, pages of no other origin may."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Last-Event-ID", "Idempotency-Key"],
            expose_headers=["Retry-After"],
            max_age=600,
        )
    ]


class BodyLimit:
    """Refuses bodies over ``max_bytes``, or what ``at`` allows at a path, with 413, by their declared length or as soon as they grow past it, and bodies that
    take longer than ``timeout_s`` with 408."""

    def __init__(self, app: ASGIApp, max_bytes: int, timeout_s: float, at: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._at = dict(at or {})
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        declared = request.headers.get("content-length", "")
        most = self._at.get(request.url.path, self._max_bytes)
        if declared.isdigit() and int(declared) > most:
            await render(request, self._problem(most))(scope, receive, send)
            return
        received = 0
        whole = False
        deadline = asyncio.get_running_loop().time() + self._timeout_s

        async def counted() -> Message:
            nonlocal received, whole
            if whole:  # what comes now is the end of the connection, which may be long
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError as error:
                raise self._too_slow() from error
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                whole = not message.get("more_body", False)
                if received > most:
                    raise self._problem(most)
            return message

        await self._app(scope, counted, send)

    def _too_slow(self) -> Problem:
        detail = f"the body was not here after {self._timeout_s:g} s (setting HANDRAIL_BODY_TIMEOUT_S)"
        return Problem(408, "body_too_slow", detail, title="Body too slow", headers={"Connection": "close"})

    def _problem(self, most: int) -> Problem:
        settings = "HANDRAIL_MAX_BODY_BYTES" + (" and HANDRAIL_MAX_ATTACHMENT_BYTES" if most > self._max_bytes else "")
        detail = f"the body is larger than {most:,} bytes (setting {settings})"
        return Problem(413, "body_too_large", detail, title="Body too large", headers={"Connection": "close"})
