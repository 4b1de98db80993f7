"""The frames that a request is put into, in four languages: ``frames/<language>.yaml``, written by us."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

FOLDER: Final = Path(__file__).with_name("frames")
REQUEST: Final = "{request}"
FIRST: Final = "{first}"
SECOND: Final = "{second}"


def _holding(*places: str) -> AfterValidator:
    """Requires every place once over the messages of a frame."""

    def check(frame: str | tuple[str, ...]) -> str | tuple[str, ...]:
        text = frame if isinstance(frame, str) else "\n".join(frame)
        for place in places:
            if text.count(place) != 1:
                raise ValueError(f"`{place}` must be in the frame once: `{text[:60]}`")
        return frame

    return AfterValidator(check)


Whole = Annotated[str, _holding(REQUEST)]
Halves = Annotated[str, _holding(FIRST, SECOND)]
Turns = Annotated[tuple[str, ...], _holding(REQUEST)]
HalfTurns = Annotated[tuple[str, ...], _holding(FIRST, SECOND)]


class ManyShot(BaseModel):
    """A made-up conversation in which the assistant always complies."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intro: str
    person: str
    assistant: str
    shots: tuple[tuple[str, str], ...] = Field(min_length=4)


class Frames(BaseModel):
    """The frames of a language; each has one or more wordings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role_play: tuple[Whole, ...] = Field(min_length=1)
    hypothetical: tuple[Whole, ...] = Field(min_length=1)
    authority: tuple[Whole, ...] = Field(min_length=1)
    urgency: tuple[Whole, ...] = Field(min_length=1)
    suppression: tuple[Whole, ...] = Field(min_length=1)
    prefix: tuple[Whole, ...] = Field(min_length=1)
    override: tuple[Whole, ...] = Field(min_length=1)
    past: tuple[Whole, ...] = Field(min_length=1)
    translation: tuple[Whole, ...] = Field(min_length=1)
    document: tuple[Whole, ...] = Field(min_length=1)
    split: tuple[Halves, ...] = Field(min_length=1)
    split_turns: tuple[HalfTurns, ...] = Field(min_length=1)
    many_shot: ManyShot
    crescendo: dict[str, tuple[Turns, ...]]
    """By domain of the scenario; ``general`` serves the others."""


@cache
def load_frames(language: str) -> Frames:
    """The frames of a language; those of English where it has none."""
    path = FOLDER / f"{language}.yaml"
    text = (path if path.exists() else FOLDER / "en.yaml").read_text(encoding="utf-8")
    return Frames.model_validate(yaml.safe_load(text))
