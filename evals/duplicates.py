"""Scenarios that are too like a training prompt to measure anything.

Two texts are near-duplicates when their character shingles overlap: Jaccard similarity (Broder, 1997) of the 5-grams, or
3-grams where words are not spaced, of the letters and digits alone.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from agent.risk.labels import read_rows
from evals.scenario import Scenario

THRESHOLD: Final = 0.5


class Duplicate(NamedTuple):
    """A message of a scenario and the training prompt it is like."""

    scenario: str
    text: str
    prompt: str
    similarity: float


def training_texts(folder: Path) -> dict[str, str]:
    """Prompt by id, from every ``*.jsonl`` of the folder; earlier messages of a thread are prompts too.

    Raises:
        LabelError: a line is not a JSON object.
    """
    texts: dict[str, str] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, row in read_rows(path):
            name = str(row.get("id") or f"{path.name}:{number}")
            texts[name] = str(row.get("text", ""))
            texts |= {f"{name}#{i}": str(text) for i, text in enumerate(row.get("earlier") or ())}
    return texts


def near_duplicates(
    scenarios: Iterable[Scenario], prompts: dict[str, str], *, threshold: float = THRESHOLD
) -> list[Duplicate]:
    """Every message of a scenario whose most similar prompt reaches the threshold, with that prompt."""
    shingled = {name: shingles(text) for name, text in prompts.items()}
    with_shingle: defaultdict[str, list[str]] = defaultdict(list)
    for name, parts in shingled.items():
        for part in parts:
            with_shingle[part].append(name)
    found: list[Duplicate] = []
    for scenario in scenarios:
        for text in scenario.turns:
            best = _most_similar(shingles(text), shingled, with_shingle)
            if best is not None and best[1] >= threshold:
                found.append(Duplicate(scenario.id, text, *best))
    return found


def shingles(text: str) -> frozenset[str]:
    """The overlapping parts of the text, in lower case and without spaces, marks and punctuation."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(character for character in folded if character.isalnum())
    size = 5 if letters.isascii() else 3
    return frozenset(letters[i : i + size] for i in range(max(1, len(letters) - size + 1))) if letters else frozenset()


def _most_similar(
    parts: frozenset[str], shingled: dict[str, frozenset[str]], with_shingle: dict[str, list[str]]
) -> tuple[str, float] | None:
    shared: defaultdict[str, int] = defaultdict(int)
    for part in parts:
        for name in with_shingle.get(part, ()):
            shared[name] += 1
    scored = [(name, count / (len(parts) + len(shingled[name]) - count)) for name, count in shared.items()]
    return max(scored, key=lambda pair: pair[1], default=None)


def described(found: Sequence[Duplicate]) -> str:
    """A line each, for a person who has to rewrite them."""
    return "\n".join(
        f"`{d.scenario}`: `{d.text[:70]}` is {d.similarity:.0%} like training prompt `{d.prompt}`; rewrite it"
        for d in found
    )
