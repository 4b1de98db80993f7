"""Reading Server-Sent Events in tests."""

from __future__ import annotations

from typing import NamedTuple


class Sse(NamedTuple):
    """One event as a client sees it."""

    id: str
    name: str
    data: str


def events_of(text: str) -> list[Sse]:
    """Every event of the stream; comments are left out."""
    events: list[Sse] = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields: dict[str, list[str]] = {}
        for line in block.split("\n"):
            name, colon, value = line.partition(": ")
            if colon and name:
                fields.setdefault(name, []).append(value)
        if "data" in fields:
            events.append(
                Sse(fields.get("id", [""])[0], fields.get("event", ["message"])[0], "\n".join(fields["data"]))
            )
    return events
