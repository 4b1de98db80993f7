"""Checks on text before it leaves, sentence by sentence.

A check is a pure function from a sentence to the reason it must be held, or ``None``. Which checks run follows from the
obligations of the decision; ``secrets`` always runs.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Final

from agent.grounding import next_boundary
from policies.models import Decision

Check = Callable[[str], bool]
"""True when the sentence must be held."""

MAX_SENTENCE_CHARS: Final = 600
"""A longer sentence is checked and released in pieces, so that a model that never ends one is bounded."""
TAIL_CHARS: Final = 80
"""Characters of released text that are checked again with the next sentence, for what is split between sentences."""

_DIGITS: Final = r"[0-9٠-٩۰-۹０-９]"
_NUMBER: Final = rf"(?:{_DIGITS}+(?:[.,٫，]{_DIGITS}+)?|half|one|two|three|four|five|six|eight|ten|una?|dos|tres|cuatro|media|[半一二两三四五六八十]+|نصف|ربع|حبة|حبتين|حبتان)"
_DOSE_UNITS: Final = (
    r"mg|mcg|µg|μg|ug|g|gr?ams?|gramos?|milligrams?|miligramos?|micrograms?|microgramos?|ml|milliliters?|millilitres?|mililitros?|cc|"
    r"iu|ui|units?|unidades?|drops?|gotas?|puffs?|tablets?|tabs?|pills?|capsules?|tabletas?|pastillas?|c[aá]psulas?|comprimidos?|"
    r"teaspoons?|tablespoons?|tsps?|tbsps?|cucharad(?:it)?as?|sprays?"
)
_DOSE: Final = re.compile(
    rf"(?<![\w.]){_NUMBER}\s?-?\s?(?:{_DOSE_UNITS})(?![\w/])(?!\s?/\s?(?:{_DIGITS}|d?l\b))"
    rf"|{_NUMBER}\s?(?:毫克|毫升|微克|克|片|粒|滴|胶囊|单位|勺|支)"
    rf"|{_NUMBER}\s?(?:ملغ?م?|ملجم|مجم|مغ|ملي(?:جرام|غرام|لتر)?|مليلتر|مل|غرام|جرام|وحدات|وحدة|قطرات|قطرة|حبوب|حبات|حبة|أقراص|قرص|كبسولات|كبسولة|ملعقة|ملاعق)(?![\u0621-\u064A])"
    rf"|{_NUMBER}\s?(?:mg|ml|mcg|µg)\s?/\s?kg",
    re.IGNORECASE,
)
_CODE: Final = re.compile(
    r"```|~~~"
    r"|(?:^|\n)\s*(?:import [a-z_][\w.]*\s*(?:$|\n|as )|from [\w.]+ import |#include\s*<|def \w+\(|class \w+[(:]|function \w+\(|using System|package main|<script|<\?php|public static void)"
    r"|(?:^|[\s`])(?:sudo|curl|wget|nmap|msfvenom|msfconsole|hydra|hashcat|mimikatz|sqlmap|powershell|chmod|certutil|netcat|nc)(?:\.exe)?\s+-{1,2}[A-Za-z]"
    r"|\$\s?(?:sudo|curl|wget|python3?|nmap)\b"
    r"|(?:subprocess|os\.system|eval|exec|VirtualAlloc|CreateRemoteThread|socket\.socket|SetWindowsHookEx\w*)\s?\("
    r"|\bUNION\s+SELECT\b|'\s*OR\s+'?1'?\s*=\s*'?1",
    re.IGNORECASE,
)
_STEP: Final = re.compile(r"(?:^|\n)\s*(?:step\s*\d+|paso\s*\d+|第[一二三四五六七八九十\d]+步|الخطوة)\b", re.IGNORECASE)
_SECRET: Final = re.compile(
    r"\b(?:sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{30,}|AKIA[0-9A-Z]{16}|xox[abprs]-[A-Za-z0-9-]{10,}|AIza[0-9A-Za-z_-]{30,})\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b[A-Z0-9]{5}(?:-[A-Z0-9]{5}){3,}\b"
)


def has_dosage(text: str) -> bool:
    """True when the text states an amount of a medicine with a dose unit, in any of the four languages."""
    return _DOSE.search(text) is not None


def has_code(text: str) -> bool:
    """True when the text holds code, a command line or an injection payload."""
    return _CODE.search(text) is not None


def has_steps(text: str) -> bool:
    """True when the text holds a numbered operational step."""
    return _STEP.search(text) is not None


def has_secret(text: str) -> bool:
    """True when the text holds an API key, a private key or a product key."""
    return _SECRET.search(text) is not None


CHECKS: Final[dict[str, Check]] = {
    "secrets": has_secret,
    "no_dosage": has_dosage,
    "no_code": has_code,
    "no_steps": has_steps,
}
"""Name of check -> detector. The names of obligations that limit altitude are the names of their checks."""


def checks_for(decision: Decision) -> dict[str, Check]:
    """The checks that this decision asks for; ``secrets`` always."""
    return {name: check for name, check in CHECKS.items() if name == "secrets" or decision.has(name)}


def violations(text: str, checks: dict[str, Check]) -> tuple[str, ...]:
    """Names of the checks that hold this text, in order."""
    return tuple(name for name, check in checks.items() if check(text))


async def checked(
    pieces: AsyncGenerator[str, None], checks: dict[str, Check], held: list[str], closing: str
) -> AsyncGenerator[str, None]:
    """The stream, released sentence by sentence, each checked together with the tail of what was released.

    At the first violation nothing more is released: its names are added to ``held`` and ``closing`` ends the stream. The
    rest of ``pieces`` is not consumed; they are closed in any case. Unchecked text never leaves.
    """
    tail = ""
    async with aclosing(pieces):
        async for sentence in _sentences(pieces):
            if found := violations(tail + sentence, checks):
                held.extend(found)
                yield closing if tail else closing.lstrip()
                return
            yield sentence
            tail = (tail + sentence)[-TAIL_CHARS:]


async def _sentences(pieces: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
    """The text of the pieces cut into sentences that are surely complete."""
    buffer = ""
    async for piece in pieces:
        buffer += piece
        while (end := _releasable(buffer)) is not None:
            yield buffer[:end]
            buffer = buffer[end:]
    if buffer.strip():
        yield buffer


def _releasable(buffer: str) -> int | None:
    """End of the first sentence that is surely complete: text follows it, or the buffer outgrew its bound."""
    end = next_boundary(buffer)
    if end is not None and end < len(buffer):
        return end
    if len(buffer) > MAX_SENTENCE_CHARS:
        space = buffer.rfind(" ", 0, MAX_SENTENCE_CHARS)
        return space if space > 0 else MAX_SENTENCE_CHARS
    return None


def surviving(sentences: Sequence[str], checks: dict[str, Check]) -> tuple[list[str], list[str]]:
    """The sentences that pass, and the names of the checks that held the others."""
    kept: list[str] = []
    held: list[str] = []
    for sentence in sentences:
        found = violations(sentence, checks)
        if found:
            held.extend(name for name in found if name not in held)
        else:
            kept.append(sentence)
    return kept, held
