"""Time: that of the system, and one that stands still for tests."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """See ``agent.ports.Clock``."""
        return datetime.now(UTC)


class FixedClock:
    """Always the same moment."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """See ``agent.ports.Clock``."""
        return self.moment
