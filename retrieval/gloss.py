"""Word-by-word English for Chinese, Arabic and Spanish, so that a model that was trained on English can read them.

MiniLM lacks a fifth of the common Chinese characters, and spells Arabic letter by letter. A gloss is no translation: words
come in the order of the original and without inflection. It is read by models, never shown to a person.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, cached_property, partial
from importlib.metadata import version
from importlib.resources import files
from itertools import islice
from typing import Final

from Stemmer import Stemmer

from retrieval.arabizi import Arabizi
from retrieval.errors import LexiconError
from retrieval.han import simplified

LANGUAGES: Final = ("ar", "es", "zh")
_READING: Final = 3
"""Counted up when texts are read otherwise by the same words."""
LONGEST_PHRASE: Final = 4
"""Words of the longest phrase that is looked up."""
BY_SOUND: Final = 27_000
"""Words of a lexicon, from its head, that are also looked for by their sound: rarer ones sound like too many others."""

_HAN: Final = "\u3400-\u9fff"
_ARABIC: Final = "\u0620-\u064a\u066e-\u06d3"
_TOKEN: Final = re.compile(
    rf"[A-Za-z0-9]*[{_HAN}][A-Za-z0-9{_HAN}]*"  # Chinese is written without spaces, next to Latin letters too
    rf"|[^\W_{_HAN}]+(?:['’][^\W_{_HAN}]+)*|[^\w\s]|_"
)
_HAN_PIECE: Final = re.compile(r"[A-Za-z0-9]+|.")
_HAS_HAN: Final = re.compile(f"[{_HAN}]")
_HAS_ARABIC: Final = re.compile(f"[{_ARABIC}]")
_ARABIC_LETTERS: Final = str.maketrans("أإآٱىةؤئ", "اااايهوي")
_MARKS: Final = re.compile(r"[\u0300-\u0302\u0304-\u036f\u064b-\u065f\u0670]|(?<!n)\u0303")
"""Accents but for the tilde of ``ñ``, and Arabic vowel marks."""
_VOWELS: Final = re.compile(r"[\u064b-\u065f\u0670\u0640]")
"""Arabic vowel marks and the lengthening stroke, which stand inside words."""

_DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "0123456789" * 2)

_PROCLITICS: Final = ("وال", "فال", "بال", "كال", "لل", "ال", "و", "ف", "ب", "ك", "ل", "س", "هال", "عال", "ح", "ه")
_ENCLITICS: Final = ("هما", "كما", "كم", "هم", "هن", "ها", "نا", "ني", "ات", "ون", "ين", "ان", "وا", "ي", "ك", "ه", "ش")
_STEMMERS: Final = {"ar": partial(Stemmer, "arabic", 0), "es": partial(Stemmer, "spanish", 0)}
"""Without their caches, which cost more than they save."""
_SPANISH_ENCLITICS: Final = re.compile(
    r"(?<=[aeiourdsn])(?:me|te|se|nos|os)?(?:la|lo|las|los|le|les)$|(?<=[aeioudrsn])(?:me|te|se|nos|os)$"
)

_SPANISH_ENDINGS: Final = (
    (re.compile(r"ia(?=s?$|mos$|n$)"), "ía"),  # hablaria, comia
    (re.compile(r"(?<=[aei]r)a(?=s?$|n$)"), "á"),  # hablara
    (re.compile(r"(?<=[aei]r)e$"), "é"),
    (re.compile(r"(?<=[^aeiou])io$"), "ió"),
    (re.compile(r"a(?=bamos$|ramos$)"), "á"),
    (re.compile(r"(?<=i)e(?=ramos$)"), "é"),
)
"""Endings of verbs without their accents, and with them, as the stemmer knows them."""
_ARABIC_NEGATION: Final = re.compile("ما?(.{3,}?)ش")


def fold(text: str, language: str) -> str:
    """The form under which words are looked up: lower case, without accents (``ñ`` stays) or Arabic vowel marks, Chinese in
    simplified characters."""
    text = text.lower()
    if text.isascii():
        return text
    if language == "zh":
        return simplified(text)
    folded = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", text)))
    return folded.translate(_ARABIC_LETTERS) if language == "ar" else folded


class Lexicon:
    """The words of one language with their English. Of two keys that fold or stem alike, the first counts."""

    def __init__(self, language: str, entries: Mapping[str, str]) -> None:
        self.language = language
        self._words: dict[str, str] = {}
        folded = fold("\n".join(entries), language).splitlines()  # at once, for there are tens of thousands
        for key, english in zip(folded, entries.values(), strict=True):
            self._words.setdefault(key, english)
        self._longest: dict[str, int] = {}
        if language == "zh":  # the pieces of the longest word that begins with each one
            for key in self._words:
                pieces = _HAN_PIECE.findall(key)
                self._longest[pieces[0]] = max(self._longest.get(pieces[0], 1), len(pieces))
        self._phrase_starts = {key.split(" ", 1)[0] for key in self._words if " " in key}
        self._stem = _STEMMERS[language]().stemWord if language in _STEMMERS else str

    @cached_property
    def _stems(self) -> dict[str, str]:
        stems: dict[str, str] = {}
        for key, english in self._words.items():
            if " " not in key:
                stems.setdefault(self._stem(key), english)
        return stems

    @cached_property
    def _arabizi(self) -> Arabizi:
        return Arabizi(islice(self._words, BY_SOUND))

    @cached_property
    def _english(self) -> frozenset[str]:
        """The words that the glosses are made of."""
        return frozenset(word for english in self._words.values() for word in english.split())

    def of_han(self, run: str) -> Iterator[str]:
        """English for a run of Chinese, the longest known word first; unknown characters and Latin words stay."""
        for word in self.words_of_han(run):
            yield self._words.get(word.lower(), word)

    def words_of_han(self, run: str) -> Iterator[str]:
        """The run in words, the longest known one first; unknown characters and Latin words are words of their own."""
        pieces = _HAN_PIECE.findall(run)
        known = [piece.lower() for piece in pieces]
        at = 0
        while at < len(pieces):
            ends = range(min(len(pieces), at + self._longest.get(known[at], 1)), at + 1, -1)
            end = next((end for end in ends if "".join(known[at:end]) in self._words), at + 1)
            yield "".join(pieces[at:end])
            at = end

    def knows(self, word: str) -> bool:
        """True for a word of the lexicon as it stands there."""
        return word.lower() in self._words

    def spelled(self, latin: str) -> str:
        """English for an Arabic word in Latin letters (lower case); what is no such word, or English, stays."""
        if (latin.isalpha() and latin in self._english) or latin.isdigit():
            return latin
        arabic = self._arabizi.word(latin)
        return latin if arabic is None else self._words[arabic]

    def phrase(self, words: list[str]) -> tuple[str, int]:
        """English for what the folded words begin with, and how many of them it covers; an unknown word stays."""
        for first in self._heads(words[0]):
            if first in self._phrase_starts:
                for size in range(min(LONGEST_PHRASE, len(words)), 1, -1):
                    if (english := self._words.get(" ".join((first, *words[1:size])))) is not None:
                        return english, size
        return self._word(words[0]), 1

    def _word(self, word: str) -> str:
        if (english := self._known(word)) is not None:
            return english
        return self._negated(word) if self.language == "ar" else self._accented(word)

    def _known(self, word: str) -> str | None:
        if (english := self._words.get(word)) is not None:
            return english
        forms = list(self._forms(word))
        for form in forms:
            if (english := self._words.get(form)) is not None:
                return english
        for form in forms:
            if len(form) > 2 and (english := self._stems.get(self._stem(form))) is not None:
                return english
        return None

    def _accented(self, word: str) -> str:
        """English for a Spanish verb whose ending is known only with the accent that it was folded without; another word stays."""
        for ending, accented in _SPANISH_ENDINGS:
            if ending.search(word):
                return self._stems.get(self._stem(ending.sub(accented, word)), word)
        return word

    def _negated(self, word: str) -> str:
        """English for an Arabic word within the ``ma ... sh`` of the dialects, after a "not"; another word stays."""
        within = _ARABIC_NEGATION.fullmatch(word)
        english = self._known(within[1]) if within else None
        return word if english is None else f"not {english}".strip()

    def _heads(self, word: str) -> list[str]:
        """The word, then what is left of it without one of the Arabic prefixes, the longest first."""
        if self.language != "ar" or not word.startswith(_PROCLITICS):
            return [word]
        return [word, *(word[len(p) :] for p in _PROCLITICS if word.startswith(p) and len(word) - len(p) > 1)]

    def _forms(self, word: str) -> Iterator[str]:
        heads = self._heads(word)
        yield from heads
        if self.language == "es":
            bare = _SPANISH_ENCLITICS.sub("", word)
            if bare != word and len(bare) > 2:
                yield bare
        elif self.language == "ar":
            for head in heads:
                yield from _without_suffix(head)


def _without_suffix(word: str) -> Iterator[str]:
    if not word.endswith(_ENCLITICS):
        return
    for suffix in _ENCLITICS:
        if word.endswith(suffix) and len(word) - len(suffix) > 1:
            rest = word[: -len(suffix)]
            yield rest
            yield rest + "ه"
            if rest.endswith("ت"):  # what a feminine ending turns into before a suffix
                yield rest[:-1] + "ه"


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
        if han:
            text = simplified(text)
        if arabic:
            text = text.translate(_DIGITS)
        arabizi = language == "ar" and not arabic  # in a text in Arabic letters, Latin ones are of another language
        return " ".join(filter(None, self._pieces(_TOKEN.findall(_VOWELS.sub("", text)), latin, arabizi)))

    def spells_arabic(self, latin: str) -> bool:
        """True for a word in Latin letters (lower case) that spells an Arabic one of the lexicon."""
        arabic = self._lexicons["ar"]
        return arabic.knows(latin) or arabic.spelled(latin) != latin

    def han_words(self, text: str) -> Iterator[list[tuple[str, bool]]]:
        """Each stretch of a Chinese text between marks or blanks as its words, with whether the lexicon knows them; Latin words and
        numbers count as known."""
        chinese = self._lexicons["zh"]
        for token in _TOKEN.findall(simplified(text)):
            if _HAS_HAN.search(token):
                yield [(word, chinese.knows(word) or word.isascii()) for word in chinese.words_of_han(token)]
            elif token[0].isalnum():
                yield [(token, True)]

    def _pieces(self, tokens: list[str], latin: Lexicon | None, arabizi: bool) -> Iterator[str]:
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
                if arabizi and english == ahead[0] and lexicon is latin and not token.isupper():
                    english = lexicon.spelled(english)
                yield english
                at += size

    def _lexicon(self, token: str, latin: Lexicon | None) -> Lexicon | None:
        if _HAS_HAN.search(token):
            return self._lexicons.get("zh")
        if _HAS_ARABIC.match(token):
            return self._lexicons.get("ar")
        return latin if token[0].isalnum() and not token.isdigit() else None


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


def reading(text: str, language: str) -> str:
    """What an embedder that was trained on English is given for ``text``: the bundled gloss; the text where none is left."""
    return load_gloss().english(text, language) or text


class _Bundled(Mapping[str, Lexicon]):
    """The lexicons of the package, each read when it is first needed."""

    def __getitem__(self, language: str) -> Lexicon:
        if language not in LANGUAGES:
            raise KeyError(language)
        return _bundled(language)

    def __iter__(self) -> Iterator[str]:
        return iter(LANGUAGES)

    def __len__(self) -> int:
        return len(LANGUAGES)


@cache
def _bundled(language: str) -> Lexicon:
    path = files("retrieval") / "lexicon" / f"{language}.tsv"
    return Lexicon(language, read_lexicon(path.read_text("utf-8"), path.name))


@cache
def digest() -> str:
    """Changes with the bundled lexicons and with how texts are read by them, and so with the vectors of texts in their languages."""
    parts = [(files("retrieval") / "lexicon" / f"{language}.tsv").read_bytes() for language in LANGUAGES]
    return hashlib.sha256(b"".join([*parts, f"{_READING} opencc {version('opencc')}".encode()])).hexdigest()


@cache
def load_gloss() -> Gloss:
    """The gloss with the bundled lexicons. Each is read when the first text of its language comes, in 0.1 to 0.25 s."""
    return Gloss(_Bundled())
