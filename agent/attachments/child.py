"""Programs that read what strangers send, each in a process of its own with a limit on time and memory."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Final

MEMORY: Final = 1 << 30
"""Bytes of address space that a program may take."""


class ChildFailed(Exception):
    """The program did not do its work."""

    def __init__(self, *, slow: bool = False) -> None:
        super().__init__("it took too long" if slow else "it failed")
        self.slow = slow


async def run(
    command: Sequence[str], data: bytes, *, timeout_s: float, environ: Mapping[str, str] | None = None
) -> bytes:
    """What the program writes when given ``data``. It sees nothing of our environment but the path.

    Raises:
        ChildFailed: it is missing, ends with an error, or has not ended after ``timeout_s``.
    """
    env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", **(environ or {})}
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=env,
            start_new_session=True,
        )
    except OSError as error:
        raise ChildFailed from error
    limit(process.pid)
    try:
        async with asyncio.timeout(timeout_s):
            out, _ = await process.communicate(data)
    except TimeoutError as error:
        raise ChildFailed(slow=True) from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await asyncio.shield(process.wait())
    if process.returncode:
        raise ChildFailed
    return out


def limit(pid: int) -> None:
    """The process gets no more than ``MEMORY``, where the system can say so from outside (Linux)."""
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError, ValueError):  # it has ended already
            resource.prlimit(pid, resource.RLIMIT_AS, (MEMORY, MEMORY))


def python(module: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """The command that runs this module with our interpreter, and the environment that it needs."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return [sys.executable, "-m", module, *arguments], {"PYTHONPATH": path}
