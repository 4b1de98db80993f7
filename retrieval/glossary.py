"""English words for what a query in another language is about, so that English guidance can be found by its words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import yaml
from pydantic import TypeAdapter, ValidationError

from retrieval import sparse
from retrieval.errors import GlossaryError
from retrieval.models import Frozen, SparseVector

GLOSSARY_FILE: Final = Path(__file__).parent / "glossary.yaml"


class GlossaryEntry(Frozen):
    """One thing in four languages."""

    en: str
    """Words of our English guidance, each looked for by itself."""
    es: tuple[str, ...]
    zh: tuple[str, ...]
    ar: tuple[str, ...]


class _Term(NamedTuple):
    """A term of another language with the English words for it."""

    text: str
    tokens: frozenset[int]
    english: str


class Glossary:
    """Terms by language, ready to be looked for."""

    def __init__(self, entries: Sequence[GlossaryEntry]) -> None:
        self._terms = {
            "es": _terms("es", [(term, entry.en) for entry in entries for term in entry.es]),
            "zh": _terms("zh", [(term, entry.en) for entry in entries for term in entry.zh]),
            "ar": _terms("ar", [(term, entry.en) for entry in entries for term in entry.ar]),
        }

    def english(self, query: str, language: str) -> SparseVector:
        """English words for the terms in ``query``, to be looked for in English texts; empty when no term is known.

        The words of one entry weigh little more than one word: they say one thing, however many ways there are to say it.
        Chinese terms are looked for as written, for a sentence may be cut into other words than the term; terms of the
        other languages by the stems of all of their words.
        """
        folded = query.lower()
        tokens = _stems(query, language)
        found = [term.english for term in self._terms.get(language, ()) if _occurs(term, language, folded, tokens)]
        words = sparse.EMPTY
        for english in dict.fromkeys(found):
            words = sparse.union(words, sparse.as_one(sparse.query_vector(english, "en")))
        return words


def load_glossary(path: Path = GLOSSARY_FILE) -> Glossary:
    """The glossary in ``path``. Raises ``GlossaryError`` with the file and the wrong entry."""
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return Glossary(TypeAdapter(tuple[GlossaryEntry, ...]).validate_python(raw))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise GlossaryError(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise GlossaryError(f"{path}: entry `{place}`: {first['msg'].lower()}") from error


def _terms(language: str, pairs: Sequence[tuple[str, str]]) -> tuple[_Term, ...]:
    return tuple(_Term(text.lower(), _stems(text, language), english) for text, english in pairs)


def _stems(text: str, language: str) -> frozenset[int]:
    """Empty for Chinese, whose terms need none: its dictionary takes 50 MB, and is read when a Chinese query comes."""
    return frozenset() if language == "zh" else frozenset(sparse.query_vector(text, language).indices)


def _occurs(term: _Term, language: str, query: str, tokens: frozenset[int]) -> bool:
    if language == "zh":
        return term.text in query
    return bool(term.tokens) and term.tokens <= tokens
