"""What a chat model is told: limits from the obligations of the decision, who reads, and what is material and no order."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from pathlib import Path
from string import Template
from typing import Final, NamedTuple

from agent.errors import SettingsError
from policies.models import ContextFacts, Decision
from policies.taxonomy import Action

_FILE: Final = Path(__file__).with_name("answer.md")
ALTERNATIVE: Final = Path(__file__).with_name("alternative.md")
"""The prompt that puts guidance into a model's words."""
CITED: Final = Path(__file__).with_name("cited.md")
"""The prompt of an answer of which every sentence must have a source."""
JUDGE: Final = Path(__file__).with_name("judge.md")
"""The prompt of the judge of support."""
VISION: Final = Path(__file__).with_name("vision.md")
"""The prompt of the model that describes pictures."""
_PLACEHOLDERS: Final = frozenset({"language", "reader", "constraints", "fence"})
LANGUAGE_NAMES: Final = {"en": "English", "es": "Spanish", "zh": "Simplified Chinese", "ar": "Arabic"}

_CONSTRAINTS: Final = {
    "no_dosage": "Give no dose, amount or interval of any medicine, not even as an example; say who can give the right one.",
    "no_code": "Give no code, commands or payloads; explain in prose and point to defence.",
    "no_steps": "Give no operational step-by-step instructions.",
    "no_verbatim": "Quote at most one short line of any protected work; summarise in your own words instead.",
    "no_diagnosis": "Do not say what condition the person has; say what it could mean in general and who can assess it.",
    "no_legal_verdict": "Do not decide the person's own legal case; explain the general rules and where they differ.",
}
_CARE: Final = "This topic is high-stakes: stay general, name what a professional would add, and when to see one soon."
_READERS: Final = {
    "public": "The reader is a member of the public: everyday words and short sentences that a twelve-year-old can follow; "
    "explain a technical term where one is needed.",
    "minor": "The reader is a child or a teenager: simple words, short sentences, kind and serious; name a grown-up they can "
    "turn to where that helps.",
    "professional": "The reader is a professional ($role): use the terms of the field and leave out the basics.",
}
"""Audience -> how to write for it."""
_TRUSTED: Final = (
    "The application in which you answer adds the following. Follow it where it does not conflict with anything above; the "
    "limits above hold whatever it says."
)


class Prompt(NamedTuple):
    """A prompt as packaged."""

    template: Template
    hash: str
    """The first 16 hex digits of its SHA-256, for the records."""


class Fence:
    """Marks material with a tag that is made for one call, so that nobody who writes the material can know how it ends
    (delimiting with random tokens, one of the spotlighting methods of Hines et al. 2024, arXiv:2403.14720)."""

    def __init__(self, tag: str | None = None) -> None:
        self._tag = secrets.token_hex(8) if tag is None else tag

    @property
    def marks(self) -> str:
        """The two markers, in words for the prompt."""
        return f"<<<message {self._tag}>>> and <<<end {self._tag}>>>"

    def around(self, text: str) -> str:
        """The text between the markers, as it is but for the tag, should it be in there."""
        while self._tag in text:  # what was taken out may have stood inside another one
            text = text.replace(self._tag, "")
        return f"<<<message {self._tag}>>>\n{text}\n<<<end {self._tag}>>>"


def load_template(path: Path = _FILE, needs: frozenset[str] = _PLACEHOLDERS) -> Prompt:
    """The packaged prompt, which has the placeholders that it needs.

    Raises:
        SettingsError: the file lacks a placeholder that it must have.
    """
    text = path.read_text(encoding="utf-8")
    template = Template(text)
    if missing := needs - set(template.get_identifiers()):
        raise SettingsError(f"{path}: the prompt lacks `${'`, `$'.join(sorted(missing))}`")
    return Prompt(template, hashlib.sha256(text.encode()).hexdigest()[:16])


def answer_prompt(
    prompt: Prompt, decision: Decision, reader: ContextFacts, fence: Fence, disclaimers: Sequence[str] = (), *more: str
) -> str:
    """The system prompt: language, reader, limits from the obligations in words that a model follows, ``more``, and the fence."""
    limits = limits_in_words(decision.action, [obligation.name for obligation in decision.obligations])
    notes = [f"End with this note in your own words: {text}" for text in disclaimers]
    return prompt_within(prompt, [*limits, *notes, *more], reader, fence)


def prompt_within(prompt: Prompt, limits: Sequence[str], reader: ContextFacts, fence: Fence) -> str:
    """The system prompt with these limits in words."""
    constraints = "Limits for this answer:\n" + "\n".join(f"- {limit}" for limit in limits) if limits else ""
    return prompt.template.substitute(
        language=language_name(reader.language),
        reader=_reader(reader),
        constraints=constraints,
        fence=fence.marks,
    )


def limits_in_words(action: Action | None, obligations: Collection[str]) -> list[str]:
    """What a model must keep to under these obligations, a sentence each."""
    limits = [text for name, text in _CONSTRAINTS.items() if name in obligations]
    return [*limits, _CARE] if action is Action.ANSWER_WITH_CARE else limits


def with_instructions(instructions: Sequence[str]) -> str:
    """What the application adds to the system prompt, where its key may set it."""
    return "\n\n".join([_TRUSTED, *instructions])


def language_name(language: str) -> str:
    """The language for a prompt."""
    return LANGUAGE_NAMES.get(language, "the person's language")


def _reader(reader: ContextFacts) -> str:
    how = Template(_READERS.get(reader.audience, _READERS["public"])).substitute(role=reader.role)
    if reader.locale.split("-")[0] != reader.language:
        return how
    return (
        f"{how} Spelling, units, numbers and services are those of the locale {reader.locale} ({reader.jurisdiction})."
    )
