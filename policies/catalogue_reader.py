"""Reads ``rationales/*.yaml``: what people are told, with its rank, the shared appeal text and the disclaimers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from policies.engine import CHECK_FAILED, NO_MATCH
from policies.models import RationaleText
from policies.placeholders import fault
from policies.policy_set import FALLBACK_LANGUAGE, Catalogued
from policies.reader import Fields, Item, Problems, translations_of
from policies.taxonomy import LANGUAGES

MAX_RANK: Final = 100
_PARTS: Final = ("title", "declined", "reason", "how_to_proceed", "appeal")


class Catalogue(NamedTuple):
    """Every text that rules may point to."""

    rationales: Mapping[str, Catalogued]
    disclaimers: Mapping[str, Mapping[str, str]]


def read_catalogue(documents: Sequence[Item], problems: Problems) -> Catalogue:
    """Return the texts of all files together; faults go to ``problems``."""
    rationales: dict[str, Catalogued] = {}
    disclaimers: dict[str, Mapping[str, str]] = {}
    files = [Fields(document, "a rationale file", problems) for document in documents]
    appeal: dict[str, str] = {}
    for file in files:
        appeal.update(translations_of(file.get("appeal"), "`appeal`", problems))
    for file in files:
        for code, item in file.entries("rationales"):
            if code in rationales:
                first = rationales[code]
                problems.add(item, f"rationale `{code}` is already defined at {first.file}:{first.line}; rename one")
            else:
                rationales[code] = _rationale(code, item, appeal, problems)
        for name, item in file.entries("disclaimers"):
            if name in disclaimers:
                problems.add(item, f"disclaimer `{name}` is defined twice; rename one")
            disclaimers[name] = _disclaimer(name, item, problems)
        file.done(("appeal", "rationales", "disclaimers"))
    _require_defaults(rationales, documents, problems)
    return Catalogue(rationales, disclaimers)


def _disclaimer(name: str, item: Item, problems: Problems) -> Mapping[str, str]:
    texts = translations_of(item, f"disclaimer `{name}`", problems)
    for language, text in texts.items():
        if "{" in text or "}" in text:
            message = f"disclaimer `{name}` in `{language}` has braces, which nothing fills there; write the words out"
            problems.add(item, message)
    return texts


def _require_defaults(rationales: Mapping[str, Catalogued], documents: Sequence[Item], problems: Problems) -> None:
    at = documents[0] if documents else Item(None, "rationales", 1)
    for code in (NO_MATCH, CHECK_FAILED):
        if code not in rationales:
            problems.add(at, f"rationale `{code}` is missing; the fail-closed defaults need it, add it")


def _rationale(code: str, item: Item, appeal: Mapping[str, str], problems: Problems) -> Catalogued:
    fields = Fields(item, f"rationale `{code}`", problems)
    rank = int(fields.number("rank", 0, MAX_RANK))
    texts: dict[str, RationaleText] = {}
    for language in LANGUAGES:
        entry = fields.get(language, required=language == FALLBACK_LANGUAGE)
        text = None if entry is None else _text(code, language, entry, appeal, problems)
        if text is not None:
            texts[language] = text
    fields.done()
    return Catalogued(code, rank, texts, item.file, item.line)


def _text(code: str, language: str, item: Item, appeal: Mapping[str, str], problems: Problems) -> RationaleText | None:
    what = f"rationale `{code}` in `{language}`"
    fields = Fields(item, what, problems)
    shared = appeal.get(language, "")
    parts = {part: fields.text(part, required=part != "appeal" or not shared) for part in _PARTS}
    parts["appeal"] = parts["appeal"] or shared
    fields.done()
    limits = {name: field.metadata for name, field in RationaleText.model_fields.items()}
    for part, text in parts.items():
        longest = next(int(limit.max_length) for limit in limits[part] if hasattr(limit, "max_length"))
        if len(text) > longest:
            problems.add(item, f"`{part}` of {what} has {len(text)} characters, at most {longest} fit; shorten it")
            return None
        if wrong := fault(text):
            problems.add(item, f"`{part}` of {what} {wrong}")
            return None
    return RationaleText(**parts) if all(parts.values()) else None
