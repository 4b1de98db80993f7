"""Sees a message whole: its form, what it hides, its language and the personal data in it."""

from __future__ import annotations

import asyncio
from typing import Final

from agent.models import Perception, View
from agent.perception import pii
from agent.perception.decode import MOST_VIEWS, decode, smuggled
from agent.perception.language import UNKNOWN, language
from agent.perception.lexicon import lexicon
from agent.perception.normalise import normalise

INLINE_CHARS: Final = 600
"""Longer texts are looked at in a worker thread."""
WINDOW: Final = 4_000
"""Characters of head and of tail that are looked at in a longer text."""


_GLANCE: Final = 1_000
_GIBBERISH: Final = 0.4
"""Fluency under which what hides in a text tells its language, and the characters it is taken of."""


class TextPerceiver:
    """Perceives text with tables that ship in the package; nothing is fetched."""

    def __init__(self) -> None:
        """Load the tables, so that the first message doesn't wait for them."""
        see("Hола 你好 مرحبا +14155552671 11010519491231002X the quick brown fox, привет, как сделать")

    async def perceive(self, text: str) -> Perception:
        """See ``agent.ports.Perceiver``."""
        if len(text) <= INLINE_CHARS:
            return see(text)
        return await asyncio.to_thread(see, text)


def see(text: str) -> Perception:
    """The perception of any string: the text as normalised first, then its decoded views.

    Of a text longer than two windows the head and the tail are looked at. Lone surrogates become question marks, so that
    the result can be written anywhere.
    """
    original = text.encode("utf-8", errors="replace").decode("utf-8")
    truncated = len(original) > 2 * WINDOW
    seen = f"{original[:WINDOW]}\n{original[-WINDOW:]}" if truncated else original
    plain = normalise(seen)
    views = [View(text=plain), *_hidden(seen, plain)]
    main = language(plain)
    if len(views) > 1 and (
        main == UNKNOWN or views[1].how[0] in _WHOLE or lexicon().fluency(plain[:_GLANCE]) < _GIBBERISH
    ):
        main = language(views[1].text)
    return Perception(
        original=original, views=tuple(views), language=main, pii=pii.find(original, main), truncated=truncated
    )


_WHOLE: Final = frozenset({"reversed", "rot13", "atbash", "caesar", "leet"})
"""Disguises of the message itself, whose language is that of the reading."""


def _hidden(seen: str, plain: str) -> list[View]:
    views = [*smuggled(seen), *decode(plain)]
    return [view for view in views if view.text != plain][:MOST_VIEWS]
