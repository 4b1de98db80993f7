"""Word-by-word English glosses, so that an encoder that was trained on English can read Spanish, Chinese and Arabic.

A gloss is no translation: it keeps the order of the words and drops what the lexicon does not know. It is read by the risk
model only. Lexicons are TSV files, ``word<TAB>gloss``; a word that ends in ``*`` stands for every word that starts so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from agent.errors import ArtifactError
from agent.grounding import fold

FOLDER: Final = Path(__file__).with_name("gloss")
GLOSSED: Final = ("es", "zh", "ar")

_HAN_RUN: Final = re.compile(r"[\u3400-\u9fff]+")
_PIECE: Final = re.compile(r"[\u3400-\u9fff]+|[^\W_]+|[^\w\s]")
_LONGEST_HAN: Final = 6
_SHORTEST_STEM: Final = 3
_ARABIC_SAME: Final = str.maketrans(
    {"إ": "ا", "أ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "گ": "ك", "چ": "ج", "پ": "ب", "ڤ": "ف"}
)
_ARABIC_BEFORE: Final = (
    "وبال",
    "وال",
    "بال",
    "كال",
    "فال",
    "هال",
    "عال",
    "لل",
    "ال",
    "و",
    "ف",
    "ب",
    "ل",
    "ك",
    "س",
    "ح",
    "ه",
)
_ARABIC_AFTER: Final = (
    "هما",
    "تها",
    "تهم",
    "تني",
    "وني",
    "ها",
    "هم",
    "هن",
    "كم",
    "نا",
    "ني",
    "وا",
    "ات",
    "ين",
    "ون",
    "ته",
    "تي",
    "تك",
    "ه",
    "ي",
    "ك",
    "ت",
    "ا",
    "ن",
)


class Lexicon(NamedTuple):
    """The entries of one language: whole words, and stems."""

    words: Mapping[str, str]
    stems: Mapping[str, str]


class Glossary:
    """Glosses texts in the languages that it has lexicons for."""

    def __init__(self, lexicons: Mapping[str, Lexicon]) -> None:
        self._lexicons = lexicons

    def gloss(self, text: str, language: str) -> str:
        """The text word by word in English; words that are not known stay as they are. Other languages: the text."""
        lexicon = self._lexicons.get(language)
        if lexicon is None:
            return text
        out: list[str] = []
        for piece in _PIECE.findall(fold(text).translate(_ARABIC_SAME)):
            if _HAN_RUN.match(piece):
                out += _chinese(piece, lexicon)
            else:
                out.append(_word(piece, lexicon, language))
        return " ".join(word for word in out if word)


def load_glossary(folder: Path = FOLDER) -> Glossary:
    """The lexicons in this folder; a language without a file is not glossed.

    Raises:
        ArtifactError: a line has no tab; the message has file and line.
    """
    return Glossary({path.stem: _read(path) for path in sorted(folder.glob("*.tsv"))})


def _read(path: Path) -> Lexicon:
    words: dict[str, str] = {}
    stems: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        word, tab, gloss = line.partition("\t")
        if not tab:
            raise ArtifactError(f"{path}:{number}: expected `word<TAB>gloss`, found `{line[:40]}`")
        key = fold(word.strip()).translate(_ARABIC_SAME)
        if key.endswith("*"):
            stems.setdefault(key[:-1], gloss.strip())
        else:
            words.setdefault(key, gloss.strip())
    return Lexicon(words, stems)


def _chinese(run: str, lexicon: Lexicon) -> list[str]:
    """Longest match first; a character that starts no entry stays."""
    out: list[str] = []
    start = 0
    while start < len(run):
        for size in range(min(_LONGEST_HAN, len(run) - start), 0, -1):
            gloss = lexicon.words.get(run[start : start + size])
            if gloss is not None:
                out.append(gloss)
                break
        else:
            size = 1
            out.append(run[start])
        start += size
    return out


def _word(word: str, lexicon: Lexicon, language: str) -> str:
    found = _known(word, lexicon)
    if found is None and language == "ar":
        found = _arabic(word, lexicon)
    if found is None and language == "es" and word.endswith("s"):
        found = _known(word[:-1], lexicon) or _known(word[:-2], lexicon)
    return word if found is None else found


def _known(word: str, lexicon: Lexicon) -> str | None:
    if word in lexicon.words:
        return lexicon.words[word]
    for size in range(len(word), _SHORTEST_STEM - 1, -1):
        if word[:size] in lexicon.stems:
            return lexicon.stems[word[:size]]
    return None


def _arabic(word: str, lexicon: Lexicon) -> str | None:
    """The word without its clitics, the shortest cut first."""
    bases = [word, *(word[len(p) :] for p in _ARABIC_BEFORE if word.startswith(p) and len(word) - len(p) >= 2)]
    for base in bases:
        for candidate in (
            base,
            *(base[: -len(s)] for s in _ARABIC_AFTER if base.endswith(s) and len(base) - len(s) >= 2),
        ):
            for form in (candidate, candidate + "ه"):
                found = _known(form, lexicon)
                if found is not None:
                    return found
    return None
