"""Text rules: named signals that fire on what a message says outright, in four languages.

The rules live in ``signals.yaml``. Each pattern is matched against the folded text (lower case, no accents, no Arabic
vowel marks, straight apostrophes, single spaces). A message is matched against the patterns of every language, because
people mix languages and language identification errs on short texts; scripts keep most of them apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from agent.errors import AgentError
from agent.grounding import fold
from policies.taxonomy import LANGUAGES

_FILE: Final = Path(__file__).with_name("signals.yaml")


class SignalsError(AgentError):
    """The file of text rules is not valid; ``str`` names file, line and pattern."""


class Signal(NamedTuple):
    """A named rule."""

    name: str
    patterns: tuple[re.Pattern[str], ...]
    never: tuple[re.Pattern[str], ...]


class Signals:
    """Compiled text rules."""

    def __init__(self, signals: tuple[Signal, ...]) -> None:
        self._signals = signals

    @property
    def names(self) -> frozenset[str]:
        """Every signal that can fire."""
        return frozenset(signal.name for signal in self._signals)

    def fire(self, text: str, language: str) -> tuple[str, ...]:
        """Names of the signals that the text sets off, sorted."""
        del language
        folded = fold(text)
        return tuple(sorted(s.name for s in self._signals if any(p.search(folded) for p in s.patterns)))


def load_signals(path: Path = _FILE) -> Signals:
    """The rules of the file."""
    if not path.exists():
        return Signals(())
    data: Mapping[str, Mapping[str, list[str]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert LANGUAGES
    return Signals(tuple(Signal(n, tuple(re.compile(p) for ps in d.values() for p in ps), ()) for n, d in data.items()))
