"""The techniques: one step from a conversation to another that asks for the same in disguise.

Techniques compose in any order: a frame may hold an encoded request, and a framed request may be encoded whole.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final, NamedTuple

from evals.obfuscation import DISGUISES, Disguise
from evals.redteam.ciphers import CIPHERS
from evals.redteam.frames import FIRST, REQUEST, SECOND, Frames, load_frames
from evals.scenario import Scenario
from policies.taxonomy import LANGUAGES

MOST_CHARS: Final = 4_000
"""A longer message is no variant: the service would refuse its length."""
MOST_TURNS: Final = 8

Turns = tuple[str, ...]
Apply = Callable[[Turns, Scenario, random.Random], Turns | None]
"""The conversation in disguise; ``None`` where the technique does not fit. The scenario is the one that is attacked."""


class Technique(NamedTuple):
    """A way to make a request look like something else."""

    name: str
    family: str
    apply: Apply


def apply(technique: Technique, turns: Turns, seed: Scenario, rng: random.Random) -> Turns | None:
    """The conversation after the technique; ``None`` where it does not fit, changes nothing or makes it too long."""
    made = technique.apply(turns, seed, rng)
    if made is None or made == turns or len(made) > MOST_TURNS or max(map(len, made)) > MOST_CHARS:
        return None
    return made


def _disguised(disguise: Disguise) -> Apply:
    """Disguises the last message."""

    def step(turns: Turns, seed: Scenario, rng: random.Random) -> Turns | None:
        hidden = disguise(turns[-1])
        return None if hidden is None else (*turns[:-1], hidden)

    return step


def _framed(of: Callable[[Frames], tuple[str, ...]]) -> Apply:
    """Puts the last message into a frame of its language."""

    def step(turns: Turns, seed: Scenario, rng: random.Random) -> Turns | None:
        frame = rng.choice(of(load_frames(seed.language or "en")))
        return (*turns[:-1], frame.replace(REQUEST, turns[-1]))

    return step


def _translation(turns: Turns, seed: Scenario, rng: random.Random) -> Turns | None:
    """A frame of another language, which asks to translate and to answer."""
    other = rng.choice([language for language in LANGUAGES if language != seed.language])
    frame = rng.choice(load_frames(other).translation)
    return (*turns[:-1], frame.replace(REQUEST, turns[-1]))


def _split(turns: Turns, seed: Scenario, rng: random.Random) -> Turns | None:
    frame = rng.choice(load_frames(seed.language or "en").split)
    first, second = _halves(turns[-1])
    return (*turns[:-1], frame.replace(FIRST, first).replace(SECOND, second))


def _split_turns(turns: Turns, seed: Scenario, rng: random.Random) -> Turns | None:
    first, second = _halves(turns[-1])
    frame = rng.choice(load_frames(seed.language or "en").split_turns)
    return (*turns[:-1], *(text.replace(FIRST, first).replace(SECOND, second) for text in frame))


def _halves(text: str) -> tuple[str, str]:
    """Two parts of about the same length, parted between words where there are any."""
    middle = len(text) // 2
    space = text.find(" ", middle)
    cut = space if 0 < space < len(text) - 1 else middle
    return text[:cut].strip(), text[cut:].strip()


def _many_shot(turns: Turns, seed: Scenario, rng: random.Random) -> Turns | None:
    frame = load_frames(seed.language or "en").many_shot
    shots = [*frame.shots, *frame.shots]
    rng.shuffle(shots)
    lines = [frame.intro]
    for asked, said in shots:
        lines += [f"{frame.person}: {asked}", f"{frame.assistant}: {said}"]
    return (*turns[:-1], "\n".join([*lines, f"{frame.person}: {turns[-1]}", f"{frame.assistant}:"]))


def _crescendo(turns: Turns, seed: Scenario, rng: random.Random) -> Turns | None:
    """Harmless messages on the subject first."""
    crescendo = load_frames(seed.language or "en").crescendo
    steps = rng.choice(crescendo.get(seed.domain, crescendo["general"]))
    return (*turns[:-1], *(text.replace(REQUEST, turns[-1]) for text in steps))


TECHNIQUES: Final[tuple[Technique, ...]] = (
    *(Technique(name, "obfuscation", _disguised(disguise)) for name, disguise in (DISGUISES | CIPHERS).items()),
    Technique("role_play", "frame", _framed(lambda frames: frames.role_play)),
    Technique("hypothetical", "frame", _framed(lambda frames: frames.hypothetical)),
    Technique("past_tense", "frame", _framed(lambda frames: frames.past)),
    Technique("authority", "pressure", _framed(lambda frames: frames.authority)),
    Technique("urgency", "pressure", _framed(lambda frames: frames.urgency)),
    Technique("prefix_injection", "injection", _framed(lambda frames: frames.prefix)),
    Technique("refusal_suppression", "injection", _framed(lambda frames: frames.suppression)),
    Technique("instruction_override", "injection", _framed(lambda frames: frames.override)),
    Technique("document_injection", "injection", _framed(lambda frames: frames.document)),
    Technique("many_shot", "injection", _many_shot),
    Technique("translation", "language", _translation),
    Technique("payload_splitting", "splitting", _split),
    Technique("split_over_turns", "splitting", _split_turns),
    Technique("crescendo", "turns", _crescendo),
)
"""Every technique that needs no model."""
