"""Word-by-word English for Chinese, Arabic and Spanish, so that a model that was trained on English can read them.

MiniLM lacks a fifth of the common Chinese characters, and spells Arabic letter by letter. A gloss is no translation: words
come in the order of the original and without inflection. It is read by models, never shown to a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

from Stemmer import Stemmer

from retrieval.errors import LexiconError

LANGUAGES: Final = ("ar", "es", "zh")
LONGEST_PHRASE: Final = 4
"""Words of the longest phrase that is looked up."""

_HAN: Final = "\u3400-\u9fff"
_ARABIC: Final = "\u0620-\u064a\u066e-\u06d3"
_TOKEN: Final = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:['’][^\W_{_HAN}]+)*|[^\w\s]|_")
_HAS_HAN: Final = re.compile(f"[{_HAN}]")
_HAS_ARABIC: Final = re.compile(f"[{_ARABIC}]")
_ARABIC_LETTERS: Final = str.maketrans("أإآٱىةؤئ", "اااايهوي")
_MARKS: Final = re.compile(r"[\u0300-\u0302\u0304-\u036f\u064b-\u065f\u0670]")
_VOWELS: Final = re.compile(r"[\u064b-\u065f\u0670\u0640]")
"""Arabic vowel marks and the lengthening stroke, which stand inside words."""
_TILDE: Final = "\u0303"

_PROCLITICS: Final = ("وال", "فال", "بال", "كال", "لل", "ال", "و", "ف", "ب", "ك", "ل", "س", "هال", "عال", "ح", "ه")
_ENCLITICS: Final = ("هما", "كما", "كم", "هم", "هن", "ها", "نا", "ني", "ات", "ون", "ين", "ان", "وا", "ي", "ك", "ه", "ش")
_SPANISH_ENCLITICS: Final = re.compile(
    r"(?<=[aeiourdsn])(?:me|te|se|nos|os)?(?:la|lo|las|los|le|les)$|(?<=[aeioudrsn])(?:me|te|se|nos|os)$"
)


def fold(word: str, language: str) -> str:
    """The form under which a word is looked up: lower case, without accents (``ñ`` stays) or Arabic vowel marks."""
    folded = unicodedata.normalize("NFD", word.lower())
    kept = "".join(c for i, c in enumerate(folded) if not _MARKS.match(c) and (c != _TILDE or folded[i - 1] == "n"))
    kept = unicodedata.normalize("NFC", kept)
    return kept.translate(_ARABIC_LETTERS) if language == "ar" else kept


class Lexicon:
    """The words of one language with their English."""

    def __init__(self, language: str, entries: Mapping[str, str]) -> None:
        self.language = language
        self._words: dict[str, str] = {}
        for key, english in entries.items():
            self._words.setdefault(" ".join(fold(word, language) for word in key.split()), english)
        self._longest = max(map(len, self._words), default=1)
        self._phrase_starts = {key.split(" ", 1)[0] for key in self._words if " " in key}
        self._stems: dict[str, str] = {}
        if language != "zh":
            self._stem = Stemmer("arabic" if language == "ar" else "spanish").stemWord
            for key, english in self._words.items():
                if " " not in key:
                    self._stems.setdefault(self._stem(key), english)

    def of_han(self, run: str) -> Iterator[str]:
        """English for a run of Chinese characters, the longest known word first; unknown characters stay."""
        at = 0
        while at < len(run):
            for end in range(min(len(run), at + self._longest), at, -1):
                if (english := self._words.get(run[at:end])) is not None:
                    yield english
                    at = end
                    break
            else:
                yield run[at]
                at += 1

    def phrase(self, words: list[str]) -> tuple[str, int]:
        """English for what the folded words begin with, and how many of them it covers; an unknown word stays."""
        if words[0] in self._phrase_starts:
            for size in range(min(LONGEST_PHRASE, len(words)), 1, -1):
                if (english := self._words.get(" ".join(words[:size]))) is not None:
                    return english, size
        return self._word(words[0]), 1

    def _word(self, word: str) -> str:
        for form in self._forms(word):
            if (english := self._words.get(form)) is not None:
                return english
        for form in self._forms(word):
            if len(form) > 2 and (english := self._stems.get(self._stem(form))) is not None:
                return english
        return word

    def _forms(self, word: str) -> Iterator[str]:
        yield word
        if self.language == "es":
            bare = _SPANISH_ENCLITICS.sub("", word)
            if bare != word and len(bare) > 2:
                yield bare
            return
        heads = [word, *(word[len(p) :] for p in _PROCLITICS if word.startswith(p) and len(word) - len(p) > 2)]
        yield from heads[1:]
        for head in heads:
            for suffix in _ENCLITICS:
                if head.endswith(suffix) and len(head) - len(suffix) > 2:
                    yield head[: -len(suffix)]
                    yield head[: -len(suffix)] + "ه"  # a feminine ending turns into `t` before a suffix


class Gloss:
    """Reads text of any language; what is English already comes back as it is."""

    def __init__(self, lexicons: Mapping[str, Lexicon]) -> None:
        self._lexicons = lexicons

    def english(self, text: str, language: str) -> str:
        """The text with every known word of another language in English, in the order of the original.

        Script decides for Chinese and Arabic, ``language`` for Latin letters. A text without such words is returned as is.
        """
        latin = self._lexicons.get(language) if language in ("es", "ar") else None
        han, arabic = bool(_HAS_HAN.search(text)), bool(_HAS_ARABIC.search(text))
        if latin is None and not han and not arabic:
            return text
        return " ".join(filter(None, self._pieces(_TOKEN.findall(_VOWELS.sub("", text)), latin)))

    def _pieces(self, tokens: list[str], latin: Lexicon | None) -> Iterator[str]:
        at = 0
        while at < len(tokens):
            token = tokens[at]
            lexicon = self._lexicon(token, latin)
            if lexicon is None:
                yield token
                at += 1
            elif lexicon.language == "zh":
                yield from lexicon.of_han(token)
                at += 1
            else:
                ahead = [fold(word, lexicon.language) for word in tokens[at : at + LONGEST_PHRASE]]
                english, size = lexicon.phrase(ahead)
                yield english
                at += size

    def _lexicon(self, token: str, latin: Lexicon | None) -> Lexicon | None:
        if _HAS_HAN.match(token):
            return self._lexicons.get("zh")
        if _HAS_ARABIC.match(token):
            return self._lexicons.get("ar")
        return latin if token[0].isalpha() else None


def read_lexicon(text: str, name: str) -> dict[str, str]:
    """Entries of a lexicon file: ``word<TAB>English`` a line; an empty English drops the word; ``#`` starts a comment.

    Raises:
        LexiconError: a line has another shape; the message has ``name:line``.
    """
    entries: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        word, tab, english = line.partition("\t")
        if not tab or not word.strip() or "\t" in english:
            raise LexiconError(
                f"{name}:{number}: `{line[:40]}` is not `word<TAB>English`; write one tab between the two"
            )
        entries.setdefault(word.strip(), english.strip())
    return entries


@lru_cache(maxsize=1)
def load_gloss() -> Gloss:
    """The bundled lexicons, read once."""
    folder = files("retrieval") / "lexicon"
    return Gloss(
        {
            language: Lexicon(
                language, read_lexicon((folder / f"{language}.tsv").read_text("utf-8"), f"{language}.tsv")
            )
            for language in LANGUAGES
        }
    )
