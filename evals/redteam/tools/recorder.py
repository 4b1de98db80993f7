"""A loopback endpoint between a foreign tool and the target: it hands requests on and keeps what the service decided.

The reports of the tools hold texts only. What passes here has the decision too, and the tool never sees the API key.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from evals.chat_client import ChatClient
from evals.endpoints import action_of
from evals.errors import ReplyError, TargetDown
from policies.taxonomy import Action

Key = tuple[str, ...]
"""The messages of the person, which is what a tool's report and an exchange have in common."""


class Exchange(NamedTuple):
    """What the target made of a request."""

    action: Action
    language: str = ""
    """Of the request, as the service read it; empty where the target tells none."""
    domain: str = ""


class Recorder:
    """The exchanges of one run of a tool. ``gone`` ends with ``TargetDown`` once nothing can be asked any more."""

    def __init__(self, chat: ChatClient, *, progress: Callable[[int], None] = lambda done: None) -> None:
        self._chat = chat
        self._progress = progress
        self.exchanges: dict[Key, Exchange] = {}
        self.asked = 0
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """The base URL, as long as the endpoint is open."""
        app = Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])
        with socket.create_server(("127.0.0.1", 0)) as listening:
            server = _Server(
                uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1, lifespan="off")
            )
            serving = asyncio.create_task(server.serve(sockets=[listening]), name="recorder")
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
            finally:
                server.should_exit = True
                await serving
                self.gone.cancel()

    async def _complete(self, request: Request) -> JSONResponse:
        try:
            messages = [_message(given) for given in (await request.json())["messages"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            return _error(400, "expected JSON with `messages`")
        try:
            completion = await self._chat.complete(messages)
        except ReplyError as error:
            return _error(400, str(error))
        except TargetDown as error:
            if not self.gone.done():
                self.gone.set_exception(error)
            return _error(503, str(error))
        finally:
            self.asked += 1
            self._progress(self.asked)
        self.exchanges[key_of(messages)] = _exchange(completion)
        return JSONResponse(completion)


def key_of(messages: Sequence[Mapping[str, str]]) -> Key:
    """By what an exchange is found again."""
    return tuple(message["content"] for message in messages if message["role"] == "user")


def _message(given: Mapping[str, Any]) -> dict[str, str]:
    """The message with its text; parts of another kind than text are left out."""
    content = given["content"]
    if isinstance(content, list):
        content = "\n".join(part["text"] for part in content if part.get("type") == "text")
    return {"role": str(given["role"]), "content": str(content)}


def _exchange(completion: Mapping[str, Any]) -> Exchange:
    action = action_of(completion, completion["choices"][0]["message"]["content"])
    match completion.get("handrail"):
        case {"domain": str(domain), "risk": {"language": str(language)}}:
            return Exchange(action, language, domain)
        case _:
            return Exchange(action)


def _error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message, "type": "handrail_recorder"}}, status)


class _Server(uvicorn.Server):
    """Leaves signals to the command, which ends the tool first."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
