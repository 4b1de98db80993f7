"""Training requests from sentences with slots, for the facets of which public sets have next to nothing.

A sentence decides the labels of its rows; which word fills a slot never does.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from agent.errors import LabelError
from agent.risk.labels import Example
from policies.taxonomy import Facet, Hazard

FOLDER: Final = Path(__file__).with_name("grammars")
SOURCE: Final = "grammar"


class FacetSentences(BaseModel):
    """The sentences of one facet and what they all are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unsafe: bool
    hazards: tuple[Hazard, ...] = ()
    sentences: tuple[str, ...]


class Grammar(BaseModel):
    """One file: words for the slots, and sentences by facet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slots: dict[str, tuple[str, ...]]
    facets: dict[Facet, FacetSentences]

    @model_validator(mode="after")
    def _every_slot_is_known(self) -> Grammar:
        for facet, group in self.facets.items():
            for sentence in group.sentences:
                if unknown := set(_slots(sentence)) - set(self.slots):
                    raise ValueError(f"facet `{facet}`: unknown slot `{min(unknown)}` in `{sentence}`")
        return self


def generated(folder: Path, seed: int, *, per_sentence: int = 6) -> list[Example]:
    """Rows from every ``<language>.yaml`` and ``<language>.<theme>.yaml`` of the folder: at most so many different fillings
    of a sentence.

    Raises:
        LabelError: a file is not valid.
    """
    return [row for path in sorted(folder.glob("*.yaml")) for row in _rows(path, seed, per_sentence)]


def _rows(path: Path, seed: int, per_sentence: int) -> Iterator[Example]:
    try:
        grammar = Grammar.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
        raise LabelError(f"{path}: not a grammar: {' '.join(str(error).split())[:300]}") from error
    shuffler = random.Random(seed)
    for facet, group in grammar.facets.items():
        for number, sentence in enumerate(group.sentences):
            texts = {_filled(sentence, grammar.slots, shuffler) for _ in range(per_sentence)}
            for index, text in enumerate(sorted(texts)):
                name = f"{SOURCE}-{path.stem}-{facet}-{number}-{index}"
                yield Example(
                    id=name,
                    text=text,
                    earlier=(),
                    lang=path.stem.split(".")[0],
                    source=SOURCE,
                    group=name,
                    unsafe=float(group.unsafe),
                    facet=facet,
                    hazards=frozenset(group.hazards),
                    prompt_attack=0.0,
                    weight=1.0,
                )


def _slots(sentence: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(sentence) if name]


def _filled(sentence: str, slots: dict[str, tuple[str, ...]], shuffler: random.Random) -> str:
    """The sentence with a word in every slot; a slot that stands twice gets two words."""
    parts = []
    used: set[str] = set()
    for literal, name, _, _ in string.Formatter().parse(sentence):
        parts.append(literal)
        if name:
            word = shuffler.choice([w for w in slots[name] if w not in used] or list(slots[name]))
            used.add(word)
            parts.append(word)
    return "".join(parts)
