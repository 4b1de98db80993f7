"""Placeholders in what people are told: a closed list, each of one type, filled from where the person is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from policies.errors import suggestion

PLACEHOLDERS: Final[Mapping[str, type[str] | type[int]]] = {"jurisdiction": str, "age_of_majority": int}
"""Name -> type: the name of the place in the language of the text, and the age at which people are adults there."""
_ANY: Final = re.compile(r"\{([^{}]*)\}|[{}]")


def used(text: str) -> frozenset[str]:
    """Return the names in braces."""
    return frozenset(match.group(1) for match in _ANY.finditer(text) if match.group(1) is not None)


def fault(text: str) -> str | None:
    """Return what is wrong with the braces of a text and how to mend it, ``None`` when nothing is."""
    for match in _ANY.finditer(text):
        name = match.group(1)
        if name is None:
            return f"has a `{match.group()}` without its partner; write placeholders as `{{jurisdiction}}`"
        if name not in PLACEHOLDERS:
            return f"has the unknown placeholder `{{{name}}}`{suggestion(name, PLACEHOLDERS)}"
    return None


def filled(text: str, values: Mapping[str, str | int]) -> str:
    """Return the text with every placeholder replaced by its value.

    Raises:
        TypeError: a value is not of the type of its placeholder.
    """
    for name in used(text):
        value, expected = values[name], PLACEHOLDERS[name]
        if type(value) is not expected:
            raise TypeError(f"placeholder `{name}` takes a {expected.__name__}, not `{value!r}`")
        text = text.replace(f"{{{name}}}", str(value))
    return text
