"""The prompt of the answer model, built from the obligations of the decision."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from string import Template
from typing import Final

from agent.errors import SettingsError
from policies.models import Decision
from policies.taxonomy import Action

_FILE: Final = Path(__file__).with_name("answer.md")
ALTERNATIVE: Final = Path(__file__).with_name("alternative.md")
"""The prompt that puts guidance into a model's words."""
LANGUAGE_NAMES: Final = {"en": "English", "es": "Spanish", "zh": "Simplified Chinese", "ar": "Arabic"}
FENCE: Final = "<<<message>>> and <<<end>>>"

_CONSTRAINTS: Final = {
    "no_dosage": "Give no dose, amount or interval of any medicine, not even as an example; say who can give the right one.",
    "no_code": "Give no code, commands or payloads; explain in prose and point to defence.",
    "no_steps": "Give no operational step-by-step instructions.",
    "no_verbatim": "Quote at most one short line of any protected work; summarise in your own words instead.",
    "no_diagnosis": "Do not say what condition the person has; say what it could mean in general and who can assess it.",
    "no_legal_verdict": "Do not decide the person's own legal case; explain the general rules and where they differ.",
}


def load_template(path: Path = _FILE) -> Template:
    """The packaged prompt.

    Raises:
        SettingsError: the file lacks a placeholder that it must have.
    """
    template = Template(path.read_text(encoding="utf-8"))
    if missing := {"language", "constraints", "fence"} - set(template.get_identifiers()):
        raise SettingsError(f"{path}: the prompt lacks `${'`, `$'.join(sorted(missing))}`")
    return template


def answer_prompt(template: Template, decision: Decision, language: str, disclaimers: Sequence[str] = ()) -> str:
    """The system prompt: language, limits from the obligations in words a model follows, and the fence."""
    names = [obligation.name for obligation in decision.obligations]
    more = [f"End with this note in your own words: {text}" for text in disclaimers]
    if decision.action is Action.ANSWER_WITH_CARE:
        more.insert(
            0, "This topic is high-stakes: stay general, name what a professional would add, and when to see one soon."
        )
    return prompt_within(template, names, language, more)


def prompt_within(template: Template, names: Collection[str], language: str, more: Sequence[str] = ()) -> str:
    """The system prompt with the limits of these names, and further ones in words."""
    limits = [*(text for name, text in _CONSTRAINTS.items() if name in names), *more]
    constraints = "Limits for this answer:\n" + "\n".join(f"- {limit}" for limit in limits) if limits else ""
    return template.substitute(
        language=LANGUAGE_NAMES.get(language, "the person's language"), constraints=constraints, fence=FENCE
    )


def fenced(text: str) -> str:
    """The person's text between the markers, which are removed from the text itself."""
    clean = text.replace("<<<", "«").replace(">>>", "»")
    return f"<<<message>>>\n{clean}\n<<<end>>>"
