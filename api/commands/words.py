"""Words of others on a terminal or in a log: shown, and never obeyed."""

from __future__ import annotations

import re
from typing import Final

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What moves the cursor, colours, sets the title or the clipboard, or turns the direction of writing. Not tab and line feed."""


def visible(text: str) -> str:
    """The text with escapes for what a terminal would obey."""
    return _CONTROL.sub(_escaped, text)


def one_line(text: str) -> str:
    """The same without line breaks, so that no line is forged."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def indented(text: str) -> str:
    """The same, with every line set in from the edge, where our own lines begin."""
    return "\n".join(f"  {line}" for line in visible(text).split("\n"))


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
