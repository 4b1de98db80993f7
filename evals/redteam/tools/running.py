"""A foreign tool as a process: found on the PATH, watched until it ends, and ended when the target is gone."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from evals.errors import ToolError

_GRACE_S: Final = 5.0
"""For a tool that is told to end."""
_TAIL: Final = 5
"""Last lines of the log in an error."""


class Tool(NamedTuple):
    """An executable that people install themselves."""

    name: str
    install: str
    """The command that installs it."""
    environment: Mapping[str, str] = {}

    def found(self) -> str:
        """Where it is.

        Raises:
            ToolError: it is not on the PATH; says how to install it.
        """
        if (path := shutil.which(self.name)) is None:
            raise ToolError(f"`{self.name}` is not on the PATH; install it with `{self.install}`")
        return path


async def run_tool(tool: Tool, arguments: Sequence[str], *, log: Path, gone: asyncio.Future[None]) -> None:
    """The tool has ended well, and what it said is at the end of the log.

    Whoever stops waiting, for whatever reason, leaves no process behind.

    Raises:
        ToolError: the tool is missing, or it failed.
        TargetDown: from ``gone``, while the tool was running.
    """
    with log.open("ab") as said:
        process = await asyncio.create_subprocess_exec(
            tool.found(),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env={**os.environ, **tool.environment},
            start_new_session=True,
        )
        ending = asyncio.create_task(process.wait())
        try:
            await asyncio.wait((ending, gone), return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                gone.result()
        finally:
            await _ended(process, ending)
    if process.returncode:
        raise ToolError(
            f"`{tool.name}` ended with status {process.returncode}; the whole log is {log}:\n{_last_lines(log)}"
        )


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:])


async def _ended(process: asyncio.subprocess.Process, ending: asyncio.Task[int]) -> None:
    """The tool is not running, nor are its children where it had to be ended."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if not ending.done():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, how)
            await asyncio.wait((ending,), timeout=_GRACE_S)
