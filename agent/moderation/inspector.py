"""Looks at one piece of a model's words before it leaves, in its place: after what has left, before what is known to come."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from typing import Final, NamedTuple

from agent.models import PiiSpan
from agent.moderation.checks import LOOKBACK, NEAR, Check
from agent.moderation.private import Known, find_private, names_of, opens_key_block
from agent.moderation.shingles import ENOUGH, Protected, shingles
from agent.perception.language import UNKNOWN, language
from agent.perception.spans import Span, replaced
from agent.ports import OutputJudge

LEAKED: Final = 3
"""Shingles of the instructions in a row that give them away: seven words."""
PROSE: Final = 60
"""Letters from which on the language of a piece is told."""
QUOTED_WORDS: Final = 40
"""Words between quotation marks from which on a quotation is long, under ``no_verbatim``."""
_LIMITS: Final = frozenset({"no_dosage", "no_code", "no_steps"})
_READABLE: Final = frozenset({"en", "es", "zh", "ar", UNKNOWN})
_TRANSLATION: Final = re.compile(
    r"translat|language|english|spanish|chinese|arabic|french|german|italian|portuguese|japanese|traduc|traduz|idioma|inglés|ingles|español|chino|árabe|francés|"
    r"翻译|英语|英文|中文|汉语|西班牙|阿拉伯|法语|日语|语言|ترجم|الإنجليزية|الانجليزية|الإسبانية|الصينية|العربية|الفرنسية|لغة",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"[\"“«「『](.{120,4000}?)[\"”»」』]", re.DOTALL)


class Verdict(NamedTuple):
    """What may leave of a piece."""

    text: str
    """The piece, or its repair; nothing when ``stop`` names a check."""
    stop: tuple[str, ...] = ()
    """Checks after which nothing more may leave."""
    repaired: tuple[str, ...] = ()
    """Checks whose findings were taken out."""
    cut: int | None = None
    """Where to cut the piece instead, so that nothing private is split; nothing of it has left then."""


class Inspector:
    """The checks of one reply. ``request`` is what the person wrote, in their language."""

    def __init__(
        self,
        checks: dict[str, Check],
        *,
        request: str = "",
        language: str = "en",
        judge: OutputJudge | None = None,
        known: Known | None = None,
        protected: Protected | None = None,
        instructions: str = "",
        no_verbatim: bool = False,
        expects_language: bool = False,
    ) -> None:
        self._checks = {name: check for name, check in checks.items() if name != "secrets"}
        self._request = request
        self._language = language
        self._judge = judge
        self._known = known or Known()
        self._protected = protected or Protected()
        self._instructions = _instructions(instructions, request)
        self._no_verbatim = no_verbatim
        self._limited = bool(_LIMITS & set(self._checks))
        self._expected = language if expects_language and not _TRANSLATION.search(request) else None

    def in_any_language(self) -> Inspector:
        """The same checks for another attempt, which is taken in whatever language it is that limits can be checked in."""
        other = copy(self)
        other._expected = None
        return other

    async def inspect(self, before: str, piece: str, ahead: str = "", *, whole: bool = False) -> Verdict:
        """The verdict on ``piece``; ``before`` is what the model wrote until then, ``ahead`` what follows as far as it is
        known. Limits are checked over the seam before it, and over the one behind it unless it is a ``whole`` sentence: what
        the next sentence breaks is no fault of this one."""
        read = piece if whole else piece + ahead
        stop = list(self._broken(before, read))
        stop += self._repeated(before, read)
        if self._is_foreign(before, piece):
            stop.append("language")
        if stop:
            return Verdict("", stop=tuple(dict.fromkeys(stop)))
        private = self._private(before, piece, ahead)
        if private.stop or private.cut is not None:
            return private
        if self._judge is not None and piece.strip():
            hazards = await self._judge.hazards(piece, self._request, self._language)
            if hazards:
                return Verdict("", stop=("hazards",))
        return private

    def _broken(self, before: str, text: str) -> Sequence[str]:
        return [name for name, check in self._checks.items() if check(before[-LOOKBACK.get(name, NEAR) :] + text)]

    def _repeated(self, before: str, text: str) -> list[str]:
        """Instructions given away, and protected works quoted; a quotation may have begun a few sentences ago."""
        if not (self._protected or self._instructions or self._no_verbatim):
            return []
        context = before[-400:] + text
        found: list[str] = []
        if self._instructions and self._instructions.quoted(context, LEAKED):
            found.append("prompt_leak")
        if (self._protected and self._protected.quoted(context, ENOUGH)) or (
            self._no_verbatim and any(_long(match[1]) for match in _QUOTED.finditer(before[-4_000:] + text))
        ):
            found.append("no_verbatim")
        return found

    def _is_foreign(self, before: str, piece: str) -> bool:
        """True for prose that no limit can be checked in, and for a reply that begins in another language than the request,
        be it with sentences that are too short to tell by themselves."""
        if self._limited and is_prose(piece) and language(piece) not in _READABLE:
            return True
        if self._expected is None or is_prose(before) or not is_prose(opening := before + piece):
            return False
        return language(opening) not in (self._expected, UNKNOWN)

    def _private(self, before: str, piece: str, ahead: str) -> Verdict:
        tail = before[-NEAR:]
        start, end = len(tail), len(tail) + len(piece)
        context = tail + piece + ahead
        spans = [span for span in find_private(context, self._language, self._known) if span.end > start]
        if not spans:
            return Verdict(piece)
        over = next((span for span in spans if span.start < end < span.end), None)
        if over is not None:
            return Verdict("", cut=over.start - start if over.start > start else over.end - start)
        here = [span for span in spans if span.start < end]
        if not here:
            return Verdict(piece)
        if opens_key_block(context):
            return Verdict("", stop=("secrets",))
        return Verdict(_without(piece, here, start), repaired=names_of(here))


def is_prose(text: str) -> bool:
    """True when the text is long enough to tell its language: 60 letters, or 20 of a script that is denser."""
    letters = sum(map(str.isalpha, text))
    return letters >= (PROSE if text.isascii() else PROSE // 3)


def _without(piece: str, spans: Sequence[PiiSpan], offset: int) -> str:
    inside = [Span(max(0, s.start - offset), min(len(piece), s.end - offset), f"[{s.kind}]", s.kind) for s in spans]
    return replaced(piece, inside)


def _instructions(instructions: str, request: str) -> Protected:
    """What of the instructions the person did not write themselves."""
    own = set(shingles(request))
    hashes = [value for value in shingles(instructions) if value not in own]
    return Protected([("instructions", hashes)] if hashes else [])


def _long(quotation: str) -> bool:
    han = sum("\u3400" <= character <= "\u9fff" for character in quotation)
    return len(quotation.split()) + han // 2 >= QUOTED_WORDS
