"""Log lines: time, level, text, then ``key=value``. Never the text of a message."""

from __future__ import annotations

import logging
import sys
from typing import Final

_STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "color_message", "taskName"}


class KeyValueFormatter(logging.Formatter):
    """Appends what was passed as ``extra``, ``action`` first."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, followed by its traceback where there is one."""
        extra = {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        pairs = sorted(extra.items(), key=lambda item: (item[0] != "action", item[0]))
        first, newline, rest = super().format(record).partition("\n")
        return first + "".join(f" {key}={value}" for key, value in pairs) + newline + rest


def configure_logging(level: str) -> None:
    """Our log lines go to stderr from ``level`` on; those of libraries from warning on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(KeyValueFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("agent", "api", "corpora", "policies", "retrieval", "uvicorn"):
        logging.getLogger(name).setLevel(level.upper())
