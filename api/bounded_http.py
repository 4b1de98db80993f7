"""HTTP/1.1 as uvicorn reads it, for heads of requests that are not too large and do not take too long.

Uvicorn's fast parser has no bound on either: whoever can connect, key or not, could fill the memory or keep every connection.
"""

from __future__ import annotations

import asyncio
import json
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.problems import Problem, members

HEAD_BYTES: Final = 64 * 1024
"""Of the address and all headers together."""
HEAD_S: Final = 20.0
"""From connecting, or from the first byte of a later request, to the end of its headers."""


class BoundedHttp(HttpToolsProtocol):
    """Answers 431 to a head that is too large, and closes the connection on one that does not come."""

    _deadline: asyncio.TimerHandle | None = None
    """Set while a head is awaited."""
    _begun = False
    """The head began in the piece that is being read, which may hold the body of the request before."""
    _read = 0
    """Bytes of the head in the pieces after the one it began in."""
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """See uvicorn."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """See uvicorn."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See uvicorn."""
        self._begun = False
        super().data_received(data)
        if self._deadline is None or self._begun or self.transport.is_closing():
            return
        self._read += len(data)
        if self._read > HEAD_BYTES:
            self._refuse()

    def on_message_begin(self) -> None:
        """See uvicorn."""
        super().on_message_begin()
        self._begun, self._read = True, 0
        if self._deadline is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        """See uvicorn."""
        self._head_came()
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > HEAD_BYTES:
            self._refused = True
            raise ValueError("the head is too large")  # the parser gives up and has it answered
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """See uvicorn."""
        if self._refused:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _await_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_S, self.transport.close)

    def _head_came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self) -> None:
        self._head_came()
        detail = f"the address and the headers of a request may have {HEAD_BYTES:,} bytes together"
        body = json.dumps(members(Problem(431, "head_too_large", detail, title="Head too large"))).encode()
        head = (
            "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
