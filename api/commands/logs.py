"""Log lines: time, level, text, then ``key=value``. Never the text of a message."""

from __future__ import annotations

import json
import logging
import sys
from typing import Final

from api.commands.words import one_line

_STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "color_message", "taskName"}


class KeyValueFormatter(logging.Formatter):
    """Appends what was passed as ``extra``, ``action`` first."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The record as one line, whatever is in it; its traceback follows."""
        extra = {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        pairs = sorted(extra.items(), key=lambda item: (item[0] != "action", item[0]))
        return one_line(super().formatMessage(record)) + "".join(f" {key}={_value(value)}" for key, value in pairs)


def _value(value: object) -> str:
    """In quotation marks where it could pass for more than one value."""
    text = one_line(str(value))
    return json.dumps(text, ensure_ascii=False) if any(mark in text for mark in ' "=') else text


def configure_logging(level: str) -> None:
    """Our log lines go to stderr from ``level`` on; those of libraries from warning on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(KeyValueFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("agent", "api", "corpora", "policies", "retrieval", "uvicorn"):
        logging.getLogger(name).setLevel(level.upper())
