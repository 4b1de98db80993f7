"""Log lines."""

from __future__ import annotations

import logging

from api.commands.logs import KeyValueFormatter


def test_a_line_ends_with_the_action_and_its_facts() -> None:
    record = logging.makeLogRecord(
        {"msg": "turn finished", "levelname": "INFO", "turn_id": "t1", "action": "turn_finished"}
    )
    assert KeyValueFormatter().format(record).endswith("INFO    turn finished action=turn_finished turn_id=t1")


def test_nothing_in_a_line_makes_another_line_or_another_fact() -> None:
    forged = "x\r\n2026-01-01T00:00:00+0000 ERROR forged\x1b[2J"
    record = logging.makeLogRecord(
        {"msg": "failed: %s", "args": (forged,), "action": "x", "path": "/a b=c", "why": forged, "quote": 'a"b'}
    )
    line = KeyValueFormatter().format(record)
    assert line.isprintable()
    assert line.split("action=")[1] == (
        'x path="/a b=c" quote="a\\"b" why="x\\\\r\\\\n2026-01-01T00:00:00+0000 ERROR forged\\\\x1b[2J"'
    )


def test_a_traceback_follows_the_line() -> None:
    try:
        raise ValueError("inside")
    except ValueError as error:
        record = logging.makeLogRecord({"msg": "failed", "action": "x", "exc_info": (type(error), error, None)})
    first, *rest = KeyValueFormatter().format(record).split("\n")
    assert first.endswith("failed action=x")
    assert rest[-1] == "ValueError: inside"
