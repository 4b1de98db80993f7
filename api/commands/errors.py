"""Errors of the command line.

CommandError             what was asked cannot be done; the message says why and what to do
└── InputFileError       a line of an input file is not valid; the message starts with ``file:line``
"""

from __future__ import annotations

from pathlib import Path


class CommandError(Exception):
    """What was asked cannot be done."""


class InputFileError(CommandError):
    """A line of an input file is not valid."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}")
