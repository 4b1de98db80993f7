"""Runs of a release over scripted pieces, for the tests here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any, NamedTuple

from agent.models import MessageDelta, MessageHeld, MessageReplaced, ReplyPart
from agent.moderation import CHECKS, Inspector, Instead, Limits, Mode, released

CLOSING = "I stop here."
LIMITED = {name: CHECKS[name] for name in ("no_dosage", "no_code", "no_steps")}


async def stream(pieces: Sequence[str]) -> AsyncGenerator[str, None]:
    """The pieces, one after the other."""
    for piece in pieces:
        yield piece


class Outcome(NamedTuple):
    """What left, in order."""

    parts: list[ReplyPart]

    @property
    def deltas(self) -> list[str]:
        return [part.text for part in self.parts if isinstance(part, MessageDelta)]

    @property
    def ever_sent(self) -> str:
        """Everything that left, also what was replaced afterwards, without the closing."""
        return "".join(self.deltas).removesuffix(CLOSING)

    @property
    def text(self) -> str:
        """The reply as a client has it in the end."""
        text = ""
        for part in self.parts:
            if isinstance(part, MessageDelta):
                text += part.text
            elif isinstance(part, MessageReplaced):
                text = text[: part.start] + part.text + text[part.end :]
        return text

    @property
    def held(self) -> list[MessageHeld]:
        return [part for part in self.parts if isinstance(part, MessageHeld)]

    @property
    def names(self) -> list[str]:
        return [name for part in self.held for name in part.checks]


async def otherwise(stopped: tuple[str, ...]) -> Instead:
    """Only the closing."""
    return Instead(CLOSING)


async def run_async(
    pieces: Sequence[str] | AsyncGenerator[str, None],
    inspector: Inspector | None = None,
    mode: Mode = "sentence",
    limits: Limits = Limits(),  # noqa: B008  # an immutable value
    **parts: Any,
) -> Outcome:
    """What leaves of these pieces; without an inspector every limit holds."""
    generator = stream(pieces) if isinstance(pieces, Sequence) else pieces
    values = {"otherwise": otherwise, **parts}
    made = released(
        generator,
        inspector or Inspector(LIMITED),
        mode=mode,
        why=lambda checks: f"why {checks[0]}",
        limits=limits,
        **values,
    )
    return Outcome([part async for part in made])


def run(pieces: Sequence[str], inspector: Inspector | None = None, mode: Mode = "sentence", **parts: Any) -> Outcome:
    """The same without a loop of the caller's."""
    return asyncio.run(run_async(pieces, inspector, mode, **parts))
