"""The error tree of ``policies``.

    PolicyError
    |-- PolicyLoadError     a tree of policy files has problems; carries all of them
    |-- ExpressionError     one condition is wrong; the loader turns it into a problem with file and line
    |-- StoreError          a published version is unknown or damaged, or a candidate cannot be published
    |   `-- UnknownVersionError
    `-- UnknownNameError    a caller asked for a rationale or disclaimer that the catalogue does not have

Messages are lower case, put the bad value in backticks, say where, what was expected and how to fix it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple


class PolicyError(Exception):
    """Base of every error this package raises."""


class Problem(NamedTuple):
    """One thing wrong in a policy file, at a place an editor can jump to."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class PolicyLoadError(PolicyError):
    """The policy files cannot be used; ``problems`` holds every fault found, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"policies cannot be loaded: {count} problem{'' if count == 1 else 's'}\n{lines}")


class ExpressionError(PolicyError):
    """A condition is outside the policy language, or does not fit the facts."""


class StoreError(PolicyError):
    """A published version is unknown or damaged, or a candidate cannot be published."""


class UnknownVersionError(StoreError):
    """There is no published version of this name."""


class UnknownNameError(PolicyError, KeyError):
    """The catalogue has no entry of this name."""

    def __str__(self) -> str:
        return str(self.args[0])


def suggestion(value: str, known: Iterable[str]) -> str:
    """Return ``; did you mean `x`?`` for the closest known name, else ``; known: ...`` (at most 12 names)."""
    names = sorted(known)
    close = difflib.get_close_matches(value, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean `{close[0]}`?"
    shown = ", ".join(f"`{name}`" for name in names[:12])
    return f"; known: {shown}{', ...' if len(names) > 12 else ''}" if names else ""
