"""A stub of an OpenAI-compatible endpoint on this machine, which answers as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any


class GuardServer:
    """Answers chat completions with ``content``; ``raw``, ``status`` and ``delay_s`` make it misbehave."""

    def __init__(self) -> None:
        self.content: str | None = "safe"
        self.raw: bytes | None = None
        self.status = 200
        self.delay_s = 0.0
        self.seen: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        """Path, headers and body of every request."""
        self.url = ""
        self._serving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[GuardServer]:
        """The server, listening on a free port."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        try:
            yield self
        finally:
            server.close()
            for task in self._serving:
                task.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:]) if k}
            body = await reader.readexactly(int(headers["content-length"]))
            self.seen.append((head[0].split()[1], headers, json.loads(body)))
            await asyncio.sleep(self.delay_s)
            answer = {"choices": [{"message": {"role": "assistant", "content": self.content}}]}
            sent = json.dumps(answer).encode() if self.raw is None else self.raw
            writer.write(
                f"HTTP/1.1 {self.status} X\r\ncontent-type: application/json\r\ncontent-length: {len(sent)}\r\n"
                "connection: close\r\n\r\n".encode()
                + sent
            )
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
