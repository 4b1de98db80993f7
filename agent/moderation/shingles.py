"""Long overlaps with a text that must not be repeated, found by hashed shingles (Broder, 1997).

A shingle is a run of ``WORDS`` folded words, or of ``HAN`` Chinese characters. A fingerprint holds 8-byte hashes of the
shingles of a text and nothing else, so that an owner can protect a work without handing it over.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import ValidationError

from agent.errors import SettingsError
from agent.grounding import fold
from agent.models import Frozen

WORDS: Final = 5
HAN: Final = 10
ENOUGH: Final = 6
"""Shingles in a row that make a quotation: ten words, or fifteen Chinese characters, letter by letter the same."""

_TOKEN: Final = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")


class Fingerprint(Frozen):
    """What an owner supplies: a name to tell works apart, and the hashes."""

    format: int = 1
    name: str
    owner: str = ""
    shingles: tuple[str, ...]
    """16 hex digits each."""


class Overlap(NamedTuple):
    """The longest stretch that a text shares with a protected one."""

    name: str
    shingles: int


def shingles(text: str) -> Iterator[int]:
    """Hashes of the shingles of the text, in order."""
    tokens = _TOKEN.findall(fold(text))
    start = 0
    while start < len(tokens):
        han = _HAN.match(tokens[start]) is not None
        size = HAN if han else WORDS
        run = tokens[start : start + size]
        if len(run) < size:
            return
        yield _hashed(" ".join(run))
        start += 1


def _hashed(run: str) -> int:
    return int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest(), "big")


class Protected:
    """Texts that must not be repeated at length."""

    def __init__(self, sets: Iterable[tuple[str, Iterable[int]]] = ()) -> None:
        self._names: list[str] = []
        self._of: dict[int, set[int]] = {}
        for name, hashes in sets:
            index = len(self._names)
            self._names.append(name)
            for value in hashes:
                self._of.setdefault(value, set()).add(index)

    def __bool__(self) -> bool:
        return bool(self._of)

    def longest(self, text: str) -> Overlap | None:
        """The longest run of shingles that the text shares with one protected text; ``None`` without any."""
        runs: dict[int, int] = {}
        best: tuple[int, int] | None = None
        for value in shingles(text):
            here = self._of.get(value, set())
            runs = {index: runs.get(index, 0) + 1 for index in here}
            for index, length in runs.items():
                if best is None or length > best[0]:
                    best = (length, index)
        return Overlap(self._names[best[1]], best[0]) if best else None

    def quoted(self, text: str, enough: int = ENOUGH) -> str | None:
        """The name of the protected text that this text quotes at length, if any."""
        found = self.longest(text)
        return found.name if found and found.shingles >= enough else None


def fingerprint(name: str, text: str, owner: str = "") -> Fingerprint:
    """The fingerprint of a text. Raises ``ValueError`` when the text is too short to be told from any other."""
    hashes = dict.fromkeys(shingles(text))
    if len(hashes) < ENOUGH:
        raise ValueError(f"has {len(hashes)} shingles of {WORDS} words; at least {ENOUGH} are needed")
    return Fingerprint(name=name, owner=owner, shingles=tuple(f"{value:016x}" for value in hashes))


def load_protected(folder: Path | None) -> Protected:
    """Every ``*.json`` fingerprint of the folder.

    Raises:
        SettingsError: the folder or a file of it cannot be read, or a file is no fingerprint; the message names it.
    """
    if folder is None:
        return Protected()
    if not folder.is_dir():
        raise SettingsError(
            f"setting `HANDRAIL_FINGERPRINTS_DIR` is `{folder}`, which is no folder; make it, or name another"
        )
    return Protected(_read(path) for path in sorted(folder.glob("*.json")))


def _read(path: Path) -> tuple[str, list[int]]:
    try:
        found = Fingerprint.model_validate(json.loads(path.read_text(encoding="utf-8")))
        return found.name, [int(value, 16) for value in found.shingles]
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, ValidationError) as error:
        raise SettingsError(
            f"{path}: is no fingerprint: {str(error).splitlines()[0]}; make one with `handrail outputs fingerprint TEXT`"
        ) from error
