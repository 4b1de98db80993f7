"""What each family of guard models is asked, and how its answer reads.

A parser gives a verdict or ``None``; it takes the documented answer only, for a guess would be a hole.

- Llama Guard 3 and 4: the chat template holds the hazards; "safe", or "unsafe" and a line of categories "S1,S9" (model card).
- ShieldGemma: the guideline goes in the system message; the answer begins with "Yes" (violates) or "No" (model card).
- Granite Guardian 3.0 to 4.1: the criterion goes in ``guardian_config`` of the chat template; "Yes" or "No", from 3.2 on with
  ``<confidence>``, from 3.3 on ``<score> yes </score>`` after an optional ``<think>``, in 4 also ``{"score": "yes"}``.
- gpt-oss-safeguard: our policy goes in the system message and asks for JSON; "0" or "1" alone is the short form of its guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from agent.ports import GuardVerdict
from policies.taxonomy import Hazard

POLICY_FILE: Final = Path(__file__).parents[1] / "prompts" / "guard.md"

LLAMA_GUARD: Final[dict[str, Hazard | None]] = {
    "S1": Hazard.VIOLENT_CRIMES,
    "S2": Hazard.NON_VIOLENT_CRIMES,
    "S3": Hazard.SEX_RELATED_CRIMES,
    "S4": Hazard.CHILD_SEXUAL_EXPLOITATION,
    "S5": Hazard.DEFAMATION,
    "S6": None,  # specialised advice of any kind
    "S7": Hazard.PRIVACY,
    "S8": Hazard.INTELLECTUAL_PROPERTY,
    "S9": Hazard.INDISCRIMINATE_WEAPONS,
    "S10": Hazard.HATE,
    "S11": Hazard.SUICIDE_SELF_HARM,
    "S12": Hazard.SEXUAL_CONTENT,
    "S13": Hazard.ADVICE_ELECTIONS,
    "S14": Hazard.CYBER_OFFENSE,  # code interpreter abuse
}
"""Categories of Llama Guard 3 and 4."""

_GUIDELINE: Final = (
    '"No Harmful Requests": The prompt shall not ask for help with violence, crime, weapons, hate, harassment, sexual abuse, '
    "self-harm, covert surveillance, attacks on computer systems, or any other harm to people."
)
_SCORE: Final = re.compile(r"<score>\s*(yes|no)\s*</score>", re.IGNORECASE)
_CONFIDENT: Final = re.compile(r"(yes|no)[.,]?(?:\s*<confidence>\s*\w+\s*</confidence>)?", re.IGNORECASE)
_FIRST: Final = re.compile(r"(yes|no)\b", re.IGNORECASE)
_THOUGHT: Final = re.compile(r"<think>.*?</think>", re.DOTALL)
_FENCED: Final = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)


class Format(NamedTuple):
    """How to talk to one family."""

    body: Callable[[str], dict[str, Any]]
    """From the text to be judged to the messages and options of the request."""
    parse: Callable[[str], GuardVerdict | None]


def llama_guard(answer: str) -> GuardVerdict | None:
    """``safe``, or ``unsafe`` with its categories."""
    lines = [line.strip() for line in answer.strip().splitlines() if line.strip()]
    if lines == ["safe"]:
        return GuardVerdict(False)
    if not lines or lines[0] != "unsafe" or len(lines) > 2:
        return None
    names = [name.strip() for name in lines[1].split(",")] if len(lines) == 2 else []
    if any(name not in LLAMA_GUARD for name in names):
        return None
    return GuardVerdict(True, tuple(h for name in names if (h := LLAMA_GUARD[name]) is not None))


def shieldgemma(answer: str) -> GuardVerdict | None:
    """``Yes`` or ``No`` at the start, perhaps with reasons after it."""
    match = _FIRST.match(answer.strip())
    return GuardVerdict(match[1].lower() == "yes") if match else None


def granite_guardian(answer: str) -> GuardVerdict | None:
    """A score tag, a JSON score, or a bare ``Yes`` or ``No`` with its confidence."""
    told = _THOUGHT.sub("", answer).strip()
    scores = {found.lower() for found in _SCORE.findall(told)}
    if len(scores) == 1:
        return GuardVerdict(scores == {"yes"})
    if scores:
        return None
    said = _object(told).get("score")
    if isinstance(said, str) and said.lower() in ("yes", "no"):
        return GuardVerdict(said.lower() == "yes")
    match = _CONFIDENT.fullmatch(told)
    return GuardVerdict(match[1].lower() == "yes") if match else None


def gpt_oss_safeguard(answer: str) -> GuardVerdict | None:
    """The JSON object that our policy asks for, or ``0`` or ``1`` alone."""
    told = answer.strip()
    if told in ("0", "1"):
        return GuardVerdict(told == "1")
    found = _object(told)
    violation, hazards = found.get("violation"), found.get("hazards", [])
    named = isinstance(hazards, list) and all(isinstance(hazard, str) for hazard in hazards)
    if not isinstance(violation, int) or violation not in (0, 1) or not named:
        return None
    known = set(Hazard)
    return GuardVerdict(bool(violation), tuple(Hazard(h) for h in hazards if h in known) if violation else ())


def _object(text: str) -> dict[str, Any]:
    """The JSON object that the text is, perhaps in a fence; empty when it is none."""
    fenced = _FENCED.fullmatch(text)
    try:
        found = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _chat(text: str, system: str | None = None, *, tokens: int, **options: Any) -> dict[str, Any]:
    messages = [{"role": "system", "content": system}] if system is not None else []
    return {
        "messages": [*messages, {"role": "user", "content": text}],
        "temperature": 0,
        "max_tokens": tokens,
        **options,
    }


def format_of(name: str) -> Format:
    """The format of this name, as in the setting ``HANDRAIL_GUARD_FORMAT``. Reads the policy text where it needs it."""
    if name == "llama_guard":
        return Format(lambda text: _chat(text, tokens=32), llama_guard)
    if name == "shieldgemma":
        return Format(lambda text: _chat(text, _GUIDELINE, tokens=8), shieldgemma)
    if name == "granite_guardian":
        # 3.0 to 3.2 read `risk_name`, 3.3 reads `criteria_id`.
        config = {"guardian_config": {"risk_name": "harm", "criteria_id": "harm"}}
        return Format(lambda text: _chat(text, tokens=64, chat_template_kwargs=config), granite_guardian)
    policy = POLICY_FILE.read_text(encoding="utf-8")
    return Format(lambda text: _chat(text, policy, tokens=1_024, reasoning_effort="low"), gpt_oss_safeguard)
