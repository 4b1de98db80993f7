"""An OpenAI-compatible endpoint that says a script, streamed where asked, with the faults of real ones: for acceptance tests and benchmarks.

The name of the model says how it behaves, see ``BEHAVIOURS``; the text is what the last message asks for after
``say:``, else a short fixed answer. ``python -m evals.stub_model`` serves it and prints its address.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

ANSWER: Final = (
    "The sea is salty because rivers carry dissolved minerals into it. Water leaves again as vapour, and the salt stays. "
    "Over millions of years this made the oceans what they are. Some lakes without an outlet are saltier still."
)
BEHAVIOURS: Final[dict[str, str]] = {
    "steady": "streams the text word by word",
    "letters": "streams the text character by character",
    "slow": "waits 50 ms before every word",
    "stalls": "sends the first sentence and then nothing",
    "drops": "breaks the connection in the middle",
    "never_ends": "repeats the text for ever, without a full stop",
    "garbage": "sends bytes that are no events",
    "wrong_json": "answers with JSON of another shape",
    "silent": "takes the request and sends nothing",
    "busy": "answers 429",
    "busy_once": "answers 429 and asks to be asked again, then streams the text",
    "broken": "answers 500",
    "empty": "ends without a word",
}
"""Name of a model -> what it does."""
_END: Final = re.compile(r"\n<<<end \w*>>>")
USED: Final = (17, 42)
"""Tokens in and out that the stub reports where it is asked for them."""


class Stub:
    """The application, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.running = 0
        """Streams that have neither ended nor been left."""
        self.mended: set[str] = set()
        """Models that stream the text now, whatever their name says."""
        self.app = Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])

    async def _complete(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        model = body["model"]
        if model == "busy_once" and model not in self.mended:
            self.mended.add(model)
            return JSONResponse({"error": {"message": "too many requests"}}, 429, headers={"retry-after": "0"})
        match "steady" if model in self.mended else model:
            case "busy":
                return JSONResponse({"error": {"message": "too many requests", "type": "rate_limit"}}, 429)
            case "broken":
                return JSONResponse({"error": {"message": "internal"}}, 500)
            case "wrong_json":
                return JSONResponse({"answer": 42, "choices": "none"})
            case "garbage":
                return Response(b"\x00\xff\xfedata data: {{{\n\n" * 20, media_type="text/event-stream")
            case _ if not body.get("stream"):
                message = {"role": "assistant", "content": said(body)}
                return JSONResponse({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
            case behaviour:
                return StreamingResponse(self._events(behaviour, body), media_type="text/event-stream")

    async def _events(self, behaviour: str, body: dict[str, Any]) -> AsyncIterator[str]:
        self.running += 1
        try:
            async for piece in _pieces(behaviour, said(body)):
                yield _chunk(piece)
            yield _chunk(None)
            if (body.get("stream_options") or {}).get("include_usage"):
                yield _usage()
            yield "data: [DONE]\n\n"
        finally:
            self.running -= 1


def said(body: dict[str, Any]) -> str:
    """The text that the last message asks for."""
    last = str(body["messages"][-1]["content"])
    asked = last.rpartition("say:")[2] if "say:" in last else ""
    asked = _END.split(asked)[0]
    return asked.strip() or ANSWER


async def _pieces(behaviour: str, text: str) -> AsyncIterator[str]:
    if behaviour == "empty":
        return
    if behaviour == "silent":
        await asyncio.Event().wait()
    if behaviour == "never_ends":
        while True:
            yield text.replace(".", " and") + " "
            await asyncio.sleep(0)
    pieces = list(text) if behaviour == "letters" else [f"{word} " for word in text.split(" ")]
    for number, piece in enumerate(pieces):
        if behaviour == "slow":
            await asyncio.sleep(0.05)
        if behaviour == "drops" and number == len(pieces) // 2:
            raise ConnectionResetError("told to break")
        yield piece
        if behaviour == "stalls" and piece.rstrip().endswith("."):
            await asyncio.Event().wait()


def _chunk(text: str | None) -> str:
    delta = {} if text is None else {"role": "assistant", "content": text}
    return _event(choices=[{"index": 0, "delta": delta, "finish_reason": "stop" if text is None else None}])


def _usage() -> str:
    prompt, completion = USED
    used = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return _event(choices=[], usage=used)


def _event(**parts: Any) -> str:
    body = {"id": "chatcmpl-stub", "object": "chat.completion.chunk", "created": 1, "model": "stub", **parts}
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve on 127.0.0.1 until stopped; the first line on stdout is the address."""
    parser = argparse.ArgumentParser(description="a scripted OpenAI-compatible endpoint")
    parser.add_argument("--port", type=int, default=0)
    port = parser.parse_args(arguments).port
    with socket.create_server(("127.0.0.1", port)) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}/v1", flush=True)
        uvicorn.Server(uvicorn.Config(Stub().app, log_config=None, access_log=False)).run(sockets=[listening])


if __name__ == "__main__":
    main()
