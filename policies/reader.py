"""YAML with the line of every value, read strictly: no aliases, no tags, no repeated keys, no unknown fields.

Faults are collected as problems and reading goes on, so that one run shows everything that is wrong in a file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import yaml

from policies.errors import Problem, suggestion
from policies.policy_set import FALLBACK_LANGUAGE
from policies.taxonomy import LANGUAGES

MAX_BYTES: Final = 1_000_000
"""Size of one policy file."""

MAX_DEPTH: Final = 12
"""Nesting of one policy file."""

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser written in C where PyYAML was built with it; both give the same nodes."""

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Source:
    """One policy file: its path relative to the root, with ``/``, and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One YAML value and the line it stands on."""

    value: Scalar | list[Item] | dict[str, Item]
    file: str
    line: int


class Problems:
    """Collects what is wrong."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, at: Item, message: str) -> None:
        """Record a fault at the place of a value."""
        self.found.append(Problem(at.file, at.line, message))


def read_yaml(source: Source, problems: Problems) -> Item | None:
    """Return the document of a file, or ``None`` when it cannot be read; the reason is then in ``problems``."""
    try:
        if len(source.text) > MAX_BYTES:
            raise _Unreadable(1, f"file has {len(source.text)} characters, at most {MAX_BYTES} are allowed; split it")
        _check_shape(source.text)
        node = yaml.compose(source.text, Loader=_LOADER)
        return Item(None, source.name, 1) if node is None else _item(node, source.name, problems)
    except _Unreadable as error:
        problems.found.append(Problem(source.name, error.line, str(error)))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.found.append(Problem(source.name, line, f"not valid yaml: {error.problem or 'syntax error'}"))
    except yaml.YAMLError as error:
        problems.found.append(Problem(source.name, 1, f"not valid yaml: {' '.join(str(error).split())}"))
    return None


def _check_shape(text: str) -> None:
    """Refuse aliases, which can make a small file huge, and deep nesting, which can exhaust the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise _Unreadable(line, f"alias `*{event.anchor}` is not supported; write the value out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _Unreadable(line, f"nested deeper than {MAX_DEPTH} levels; policy files need only a few")


class _Unreadable(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def _item(node: yaml.Node, file: str, problems: Problems) -> Item:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return Item([_item(child, file, problems) for child in node.value], file, line)
    if isinstance(node, yaml.MappingNode):
        fields: dict[str, Item] = {}
        for key, child in node.value:
            name, at = str(key.value), Item(None, file, key.start_mark.line + 1)
            if not isinstance(key, yaml.ScalarNode):
                problems.add(at, "a field name must be plain text")
            elif name in fields:
                problems.add(at, f"field `{name}` is given twice (first at line {fields[name].line}); keep one")
            else:
                fields[name] = _item(child, file, problems)
        return Item(fields, file, line)
    return Item(_scalar(node, Item(None, file, line), problems), file, line)


def _scalar(node: yaml.Node, at: Item, problems: Problems) -> Scalar:
    text = str(node.value)
    match node.tag.rpartition(":")[2]:
        case "bool":
            return text.lower() in ("true", "yes", "on")
        case "null":
            return None
        case "int" | "float" as kind:
            try:
                return int(text) if kind == "int" else float(text)
            except ValueError:
                problems.add(at, f"`{text[:40]}` is not a plain decimal number; write it as in `10` or `0.5`")
                return None
        case "str" | "timestamp":
            return text
        case other:
            problems.add(at, f"tag `{other}` is not supported; use plain values")
            return None


class Fields:
    """Reads the fields of one mapping; every reader returns a usable value and records what is wrong."""

    def __init__(self, item: Item, what: str, problems: Problems) -> None:
        self.item, self._what, self._problems = item, what, problems
        self._read: set[str] = set()
        self._fields: dict[str, Item] = {}
        if isinstance(item.value, dict):
            self._fields = item.value
        else:
            problems.add(item, f"{what} is {_kind(item)}, expected a mapping of fields")
            self._read.add("")  # nothing inside can be reported as missing

    def get(self, name: str, *, required: bool = False) -> Item | None:
        """Return the value of a field, ``None`` when it is absent."""
        found = self._fields.get(name)
        if found is None and required and "" not in self._read:
            self._problems.add(self.item, f"{self._what} has no `{name}`; add it")
        self._read.add(name)
        return found

    def text(self, name: str, *, required: bool = True, default: str = "") -> str:
        """Return a non-empty text field."""
        item = self.get(name, required=required)
        return default if item is None else text_of(item, f"`{name}`", self._problems) or default

    def number(self, name: str, low: float, high: float, *, default: float = 0.0) -> float:
        """Return an optional number between two bounds."""
        item = self.get(name)
        return default if item is None else number_of(item, f"`{name}`", low, high, self._problems)

    def flag(self, name: str, *, required: bool = True) -> bool:
        """Return a true/false field."""
        item = self.get(name, required=required)
        if item is None:
            return False
        if not isinstance(item.value, bool):
            self._problems.add(item, f"`{name}` is {_kind(item)}, expected `true` or `false`")
            return False
        return item.value

    def moment(self, name: str) -> datetime | None:
        """Return an optional instant: a date is its midnight in UTC, a time needs its offset."""
        item = self.get(name)
        if item is None:
            return None
        text = str(item.value)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self._problems.add(item, f"`{name}` is `{text[:40]}`, expected a date such as `2026-01-31`")
            return None
        if moment.tzinfo is None and len(text) > len("2026-01-31"):
            self._problems.add(item, f"`{name}` `{text[:40]}` has no time zone; add one, as in `{text[:40]}Z`")
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def items(self, name: str, *, required: bool = False) -> list[Item]:
        """Return the items of a list field."""
        item = self.get(name, required=required)
        return [] if item is None else items_of(item, f"`{name}`", self._problems)

    def entries(self, name: str, *, required: bool = False) -> Iterator[tuple[str, Item]]:
        """Yield the entries of a mapping field, in file order."""
        item = self.get(name, required=required)
        if item is None:
            return
        if isinstance(item.value, dict):
            yield from item.value.items()
        else:
            self._problems.add(item, f"`{name}` is {_kind(item)}, expected a mapping")

    def all(self) -> Iterator[tuple[str, Item]]:
        """Yield every field of a mapping whose names are free."""
        for name, item in self._fields.items():
            self._read.add(name)
            yield name, item

    def done(self, known: Collection[str] = ()) -> None:
        """Record every field that nothing has read."""
        for name, item in self._fields.items():
            if name not in self._read:
                hint = suggestion(name, {*self._read, *known} - {""})
                self._problems.add(item, f"unknown field `{name}` of {self._what}{hint}")


def text_of(item: Item, what: str, problems: Problems) -> str:
    """Return a non-empty text, or ``""`` with a problem."""
    if isinstance(item.value, str) and item.value.strip():
        return item.value.strip()
    problems.add(item, f"{what} is {_kind(item)}, expected a text")
    return ""


def number_of(item: Item, what: str, low: float, high: float, problems: Problems) -> float:
    """Return a number within bounds, or ``low`` with a problem."""
    value = item.value
    if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
        return float(value)
    problems.add(item, f"{what} is {_kind(item)}, expected a number from {low:g} to {high:g}")
    return low


def items_of(item: Item, what: str, problems: Problems) -> list[Item]:
    """Return the items of a list, or none with a problem."""
    if isinstance(item.value, list):
        return item.value
    problems.add(item, f"{what} is {_kind(item)}, expected a list")
    return []


def _kind(item: Item) -> str:
    match item.value:
        case None | "":
            return "empty"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case value:
            return f"`{str(value)[:60]}`"


def translations_of(item: Item | None, what: str, problems: Problems) -> dict[str, str]:
    """Return language to text; English is required, any other language may wait for its translation."""
    if item is None:
        return {}
    fields = Fields(item, what, problems)
    texts: dict[str, str] = {}
    for language in LANGUAGES:
        entry = fields.get(language, required=language == FALLBACK_LANGUAGE)
        text = "" if entry is None else text_of(entry, f"{what} in `{language}`", problems)
        if text:
            texts[language] = text
    fields.done()
    return texts
