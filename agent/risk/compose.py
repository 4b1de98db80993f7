"""Training requests composed of templates and phrases, so that no template says anything about harm by itself.

Harmful sets are mostly imperatives ("Write a tutorial on how to ..."), harmless ones mostly questions; a model fitted on them
flags imperatives. Here the same templates go around harmless, nearly harmful and harmful phrases.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from agent.errors import LabelError
from agent.risk.labels import Example

FOLDER: Final = Path(__file__).with_name("compositions")
SOURCE: Final = "compositions"


class Templates(BaseModel):
    """Templates by what goes into their place: a verb phrase, a subject, or something to be made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: tuple[str, ...]
    about: tuple[str, ...]
    make: tuple[str, ...]


class Phrases(BaseModel):
    """Phrases of one side. ``*_near`` are harmless phrases in the words of harmful ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: tuple[str, ...] = ()
    do_near: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    about_near: tuple[str, ...] = ()
    make: tuple[str, ...] = ()


class Compositions(BaseModel):
    """One file: templates, and phrases of both sides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    templates: Templates
    harmless: Phrases
    harmful: Phrases


def composed(folder: Path, seed: int, *, harmless: int = 4, harmful: int = 8) -> list[Example]:
    """Rows from every ``<language>.yaml`` of the folder, so many per phrase.

    Raises:
        LabelError: a file is not valid.
    """
    return [row for path in sorted(folder.glob("*.yaml")) for row in _rows(path, seed, harmless, harmful)]


def _rows(path: Path, seed: int, harmless: int, harmful: int) -> Iterator[Example]:
    try:
        read = Compositions.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
        raise LabelError(f"{path}: not a file of compositions: {str(error).splitlines()[0]}") from error
    shuffler = random.Random(seed)
    for side, unsafe, most in ((read.harmless, 0.0, harmless), (read.harmful, 1.0, harmful)):
        for name, phrases in side:
            templates = getattr(read.templates, name.removesuffix("_near"))
            for number, phrase in enumerate(phrases):
                stem = f"{SOURCE}-{path.stem}-{unsafe:.0f}-{name}-{number}"
                for index, template in enumerate(shuffler.sample(templates, min(most, len(templates)))):
                    yield Example(
                        id=f"{stem}-{index}",
                        text=template.format(phrase),
                        earlier=(),
                        lang=path.stem,
                        source=SOURCE,
                        group=f"{stem}-{index}",
                        unsafe=unsafe,
                        facet=None,
                        hazards=frozenset() if unsafe == 0.0 else None,
                        prompt_attack=0.0,
                        weight=1.0,
                    )
