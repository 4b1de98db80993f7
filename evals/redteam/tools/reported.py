"""What the report of a foreign tool says of one attempt."""

from __future__ import annotations

from typing import NamedTuple

from evals.redteam.tools.recorder import Key


class Reported(NamedTuple):
    """An attempt as the tool reports it."""

    probe: str
    """What the tool calls this kind of attack."""
    turns: Key
    """Messages of the person; the last is the attack."""
    hit: bool | None
    """The tool says that the attack succeeded; ``None`` where it did not judge."""
    by: tuple[str, ...] = ()
    """The detectors or assertions that say so."""
    goal: str = ""
