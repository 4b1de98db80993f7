"""Whether the turns of today look like those of a reference window: how risk scores are spread, and how many are refused.

The population stability index is ``sum((a - e) * ln(a / e))`` over the shares ``a`` (now) and ``e`` (reference) of each bin
of the score (Siddiqi, Credit Risk Scorecards, 2006). Under 0.1 is read as no change, over 0.25 as a change to look into.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections import deque
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError, model_validator

from agent.audit import Record
from agent.errors import SettingsError
from agent.models import Frozen
from policies.taxonomy import Action

EDGES: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95)
"""Between the bins of ``unsafe``: closer together where most turns are."""
WINDOW: Final = 1_000
"""Turns of the current window, and of a reference that the process takes by itself."""
FEWEST: Final = 100
"""With fewer turns than this nothing is said."""


class Window(Frozen):
    """Turns added up: how many fell into each bin of the score, and how many were refused."""

    counts: tuple[int, ...] = Field((0,) * (len(EDGES) + 1), min_length=len(EDGES) + 1, max_length=len(EDGES) + 1)
    refused: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _adds_up(self) -> Window:
        if min(self.counts) < 0 or self.refused > self.turns:
            raise ValueError("`counts` are not negative, and `refused` is not more than their sum")
        return self

    @property
    def turns(self) -> int:
        """How many turns."""
        return sum(self.counts)

    @property
    def refusal_rate(self) -> float | None:
        """Share of the turns that were refused; ``None`` with too few turns."""
        return self.refused / self.turns if self.turns >= FEWEST else None


class Turns:
    """The last ``size`` turns; all of them without a size."""

    def __init__(self, size: int | None = None) -> None:
        self._turns: deque[tuple[int, bool]] = deque(maxlen=size)
        self._counts = [0] * (len(EDGES) + 1)
        self._refused = 0

    def take(self, unsafe: float, refused: bool) -> None:
        """One more turn; the oldest one goes where there is no room."""
        if len(self._turns) == self._turns.maxlen:
            place, was_refused = self._turns[0]
            self._counts[place] -= 1
            self._refused -= was_refused
        place = bisect_right(EDGES, unsafe)
        self._turns.append((place, refused))
        self._counts[place] += 1
        self._refused += refused

    def window(self) -> Window:
        """These turns added up."""
        return Window(counts=tuple(self._counts), refused=self._refused)


class Drift:
    """The current window beside the reference. Without a given one, the first ``WINDOW`` turns are the reference."""

    def __init__(self, reference: Window | None = None, size: int = WINDOW) -> None:
        self._size = size
        self._given = reference
        self._first = Turns()
        self._current = Turns(size)

    def take(self, unsafe: float, refused: bool) -> None:
        """A turn has ended."""
        if self._given is None:
            self._first.take(unsafe, refused)
            if self._first.window().turns >= self._size:
                self._given = self._first.window()
            return
        self._current.take(unsafe, refused)

    @property
    def reference(self) -> Window:
        """What is compared with."""
        return self._first.window() if self._given is None else self._given

    @property
    def current(self) -> Window:
        """The last turns after the reference."""
        return self._current.window()

    def stability(self) -> float | None:
        """The population stability index; ``None`` with too few turns on either side."""
        return stability(self.reference, self.current)


def stability(reference: Window, current: Window) -> float | None:
    """The population stability index of two windows; ``None`` with too few turns in either. Every bin counts half a turn more
    than it has, so that an empty one has a logarithm."""
    if min(reference.turns, current.turns) < FEWEST:
        return None
    total = 0.0
    for before, now in zip(reference.counts, current.counts, strict=True):
        expected = (before + 0.5) / (reference.turns + len(reference.counts) / 2)
        actual = (now + 0.5) / (current.turns + len(current.counts) / 2)
        total += (actual - expected) * math.log(actual / expected)
    return total


class Recorded:
    """Recorded turns as a window; feed it with records in their order."""

    def __init__(self) -> None:
        self._turns = Turns()
        self._open: dict[str, float] = {}

    def take(self, record: Record) -> None:
        """A decision brings the score, the outcome what was done in the end."""
        if record.kind == "decision":
            self._open[record.turn_id] = float(record.body["facts"]["risk"]["unsafe"])
        elif record.kind == "outcome" and (unsafe := self._open.pop(record.turn_id, None)) is not None:
            action = record.body.get("action")
            if action is not None:
                self._turns.take(unsafe, action == Action.REFUSE)

    def window(self) -> Window:
        """The turns so far."""
        return self._turns.window()


def read_window(path: Path) -> Window:
    """A window as ``handrail audit reference`` writes it.

    Raises:
        SettingsError: the file cannot be read, or is no window.
    """
    try:
        return Window.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise SettingsError(
            f"the reference of the drift `{path}` cannot be used: {str(error).splitlines()[0]}; "
            "write one with `handrail audit reference`"
        ) from error
