"""Where a name is written in the files of a tree, for findings about what carries no place of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from policies.reader import Problems, Source, read_yaml


class Place(NamedTuple):
    """A line of a file."""

    file: str
    line: int


class Places:
    """Looks names up in the top-level mappings of files. They are read when the first name is asked for."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def of(self, section: str, name: str) -> Place:
        """Return where ``name`` stands under ``section``; raises ``KeyError`` when it stands in no file."""
        return self._found[section, name]

    @cached_property
    def _found(self) -> dict[tuple[str, str], Place]:
        found: dict[tuple[str, str], Place] = {}
        for source in self._sources:
            document = read_yaml(source, Problems())
            sections = document.value if document is not None and isinstance(document.value, dict) else {}
            for section, entries in sections.items():
                for name, item in entries.value.items() if isinstance(entries.value, dict) else ():
                    found.setdefault((section, name), Place(item.file, item.line))
        return found
