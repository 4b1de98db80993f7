"""A circuit breaker: an endpoint that keeps failing is left alone for a while, then tried with one call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from agent.errors import ModelOutputError, ModelUnavailable

State = Literal["closed", "open", "half_open"]


class Breaker:
    """``closed`` lets calls through, ``open`` none, ``half_open`` one, whose outcome decides."""

    def __init__(
        self, name: str, *, failures: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._most = failures
        self._seconds = seconds
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._trying = False

    @property
    def state(self) -> State:
        """What would happen to a call now."""
        if self._opened_at is None:
            return "closed"
        return "open" if self._trying or self.seconds_left > 0 else "half_open"

    @property
    def seconds_left(self) -> float:
        """Until the endpoint is tried again; 0 when it may be called."""
        return 0.0 if self._opened_at is None else max(0.0, self._opened_at + self._seconds - self._clock())

    def require_closed(self) -> None:
        """A call may be made. Raises ``ModelUnavailable`` at once where it may not."""
        if self.state == "open":
            raise ModelUnavailable(
                f"endpoint `{self._name}` is left alone for {self.seconds_left:.0f} s more after {self._failures} failures "
                "in a row",
                again=False,
            )

    @contextmanager
    def watching(self) -> Iterator[None]:
        """What happens inside counts. A call that is left, or cancelled, says nothing about the endpoint.

        Raises:
            ModelUnavailable: the endpoint is left alone at present.
        """
        self.require_closed()
        trial = self._trying = self.state == "half_open"
        try:
            yield
        except (ModelUnavailable, ModelOutputError):
            self._failures += 1
            if trial or self._failures >= self._most:
                self._opened_at = self._clock()
            raise
        else:
            self._failures, self._opened_at = 0, None
        finally:
            if trial:
                self._trying = False
