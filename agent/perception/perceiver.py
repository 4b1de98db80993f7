"""Sees a message whole: its form, what it hides, its language and the personal data in it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from agent.models import Perception, View
from agent.perception import pii
from agent.perception.decode import MOST_VIEWS, SMUGGLED, decode, says_all, smuggled
from agent.perception.embedded import embedded
from agent.perception.language import UNKNOWN, language
from agent.perception.normalise import normalise

INLINE_CHARS: Final = 600
"""Longer texts are looked at in a worker thread."""
WINDOW: Final = 4_000
"""Characters of head and of tail that are looked at in a longer text."""


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
    the result can be written anywhere. A text as written, or half decoded, of which a further view says everything is not
    ``legible``.
    """
    original = text.encode("utf-8", errors="replace").decode("utf-8")
    truncated = len(original) > 2 * WINDOW
    seen = f"{original[:WINDOW]}\n{original[-WINDOW:]}" if truncated else original
    plain = normalise(seen)
    hidden = _hidden(seen, plain)
    readings = [
        view.model_copy(update={"legible": not _said_further(view, hidden)}) for view in (View(text=plain), *hidden)
    ]
    main = _language(plain, hidden)
    return Perception(
        original=original,
        views=(*readings, *embedded(plain)),
        language=main,
        pii=pii.find(original, main),
        truncated=truncated,
    )


def _hidden(seen: str, plain: str) -> list[View]:
    views = [*smuggled(seen), *decode(plain)]
    return [view for view in views if view.text != plain][:MOST_VIEWS]


def _said_further(view: View, hidden: Sequence[View]) -> bool:
    """True when a view that was decoded from this one says all of it."""
    steps = len(view.how)
    return any(
        len(further.how) > steps and further.how[:steps] == view.how and says_all(further.text, view.text)
        for further in hidden
    )


def _language(plain: str, hidden: Sequence[View]) -> str:
    """The language of the first decoded view, which has the rest of the message too, or of the message."""
    of_view = language(hidden[0].text) if hidden and hidden[0].how[0] not in SMUGGLED else UNKNOWN
    return of_view if of_view != UNKNOWN else language(plain)
