"""The fixed sentences, in four languages."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict

from policies.taxonomy import LANGUAGES

_FILE: Final = Path(__file__).with_name("messages.yaml")


class Messages(BaseModel):
    """Fixed sentences by key and language. Every key has all of ``LANGUAGES``; the loader checks it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    texts: dict[str, dict[str, str]]

    def get(self, key: str, language: str) -> str:
        """The sentence in this language, or in English."""
        entry = self.texts[key]
        return entry.get(language, entry["en"])


def load_messages(path: Path = _FILE) -> Messages:
    """The packaged sentences.

    Raises:
        ValueError: a key lacks a language; the message names both.
    """
    texts = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, entry in texts.items():
        if missing := [language for language in LANGUAGES if not entry.get(language)]:
            raise ValueError(f"{path.name}: `{key}` lacks {', '.join(missing)}")
    return Messages(texts=texts)
