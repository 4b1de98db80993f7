"""Counts words in files of texts and writes ``lexicon.json``: per language, its commonest words in order of frequency.

    python -m agent.perception.fit agent/risk/data/*.jsonl corpora/library/*/*/*.md PATH/train/*.jsonl \\
        retrieval/lexicon/*.tsv agent/risk/model/tokenizer.json

Only counts carry over, no text. A word is kept when it occurs in several texts; Chinese, which has no spaces, is kept as
pairs of characters. Word lists (the glosses, the vocabulary of the encoder) add words that no text has, as the rarest.
"""

from __future__ import annotations

import argparse
import html
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from agent.perception.lexicon import FILE, HAN_RUN, LATIN, WORD, words_of

SIZE: Final = {"en": 16_000, "es": 12_000, "ar": 16_000, "zh": 26_000}
"""Most words kept of a language."""
FEWEST: Final = {1: 400, 2: 60, 3: 12}
"""Texts that a word of so many letters must occur in, so that codes and initials stay out; longer words: 3."""
PER_FILE: Final = 4_000
"""Texts counted of one file, evenly spread, so that no set drowns the others."""


_FRONT_MATTER: Final = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_ADDRESS: Final = re.compile(r"\S+://\S+|\]\([^)]*\)|`[^`]*`|<[^>]*>")
"""Addresses and code in Markdown, which hold no words."""


LISTED_LETTERS: Final = {"en": 4, "es": 4, "ar": 3, "zh": 2}
"""Letters of the shortest word taken from a list: short strings come about by chance."""


PAIRED: Final = 400
MOST_PAIRS: Final = 2_500
"""Commonest words of a language with an alphabet of which pairs in a row are counted, and pairs kept."""
ONE_WAY: Final = 8
"""How many times commoner than the other way round a pair must be, which is kept to tell the order of words."""


class Text(NamedTuple):
    """A text with its language."""

    lang: str
    text: str


def texts_of(path: Path) -> Iterator[Text]:
    """The texts of a JSONL file with ``text`` and ``lang``, at most ``PER_FILE``; or the paragraphs of a Markdown file.

    The language of a Markdown file is the name of its folder.
    """
    if path.suffix == ".md":
        lang = path.parent.name[:2]
        body = _FRONT_MATTER.sub("", path.read_text(encoding="utf-8"))
        paragraphs = body.split("\n\n") if lang in SIZE else []
        yield from (Text(lang, html.unescape(_ADDRESS.sub(" ", paragraph))) for paragraph in paragraphs)
        return
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    step = max(1, len(rows) // PER_FILE)
    for row in rows[::step]:
        if row.get("lang") in SIZE:
            yield Text(row["lang"], row["text"][:4_000])


def listed(path: Path) -> tuple[str, list[str]]:
    """The words of a list and their language: the keys of a gloss (``es.tsv``), or the whole words, all English, of a
    ``tokenizer.json``, commonest first.
    """
    if path.suffix == ".json":
        pieces: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
        return "en", [piece for piece in sorted(pieces, key=pieces.__getitem__) if piece.isascii() and piece.isalpha()]
    keys = [line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    return path.stem, keys


def extended(lexicon: Mapping[str, Sequence[str]], lists: Iterable[tuple[str, Sequence[str]]]) -> dict[str, list[str]]:
    """The lexicon with the words of the lists after its own, unless they are at home in the other Latin language."""
    kept = {lang: dict.fromkeys(words) for lang, words in lexicon.items()}
    for lang, entries in lists:
        other = kept[{"en": "es", "es": "en"}[lang]] if lang in {"en", "es"} else {}
        for entry in entries:
            for unit in _units(lang, entry):
                if len(unit) >= LISTED_LETTERS[lang] and unit not in other:
                    kept[lang][unit] = None
    return {lang: list(words) for lang, words in kept.items()}


def count(texts: Iterable[Text]) -> dict[str, Counter[str]]:
    """In how many texts each word (each pair of characters in Chinese) of each language occurs."""
    counts: dict[str, Counter[str]] = {lang: Counter() for lang in SIZE}
    for lang, text in texts:
        counts[lang].update(set(_units(lang, text)))
    return counts


def _units(lang: str, text: str) -> Iterator[str]:
    if lang == "zh":
        for run in HAN_RUN.findall(text):
            yield from (run[i : i + 2] for i in range(len(run) - 1))
        return
    for word in words_of(text):
        if WORD.fullmatch(word) and bool(LATIN.match(word)) == (lang != "ar"):
            yield word


def ordered_pairs(texts: Iterable[Text], words: Mapping[str, Sequence[str]]) -> list[str]:
    """Pairs of common words (``how to``) that follow one another in this order only, the commonest of each language."""
    common = {lang: frozenset(words[lang][:PAIRED]) for lang in words if lang != "zh"}
    counts: dict[str, Counter[tuple[str, str]]] = {lang: Counter() for lang in common}
    for lang, text in texts:
        if lang in common:
            tokens = [token if token in common[lang] else "" for token in words_of(text)]
            counts[lang].update((a, b) for a, b in itertools.pairwise(tokens) if a and b)
    kept: list[str] = []
    for found in counts.values():
        one_way = [(-n, f"{a} {b}") for (a, b), n in found.items() if n >= ONE_WAY and n >= ONE_WAY * found[b, a]]
        kept += [pair for _, pair in sorted(one_way)[:MOST_PAIRS]]
    return sorted(set(kept))


def ranked(lang: str, counts: Mapping[str, Counter[str]]) -> list[str]:
    """The words kept, commonest first; ties in alphabetical order. Words at home in the other Latin language are left out."""
    other = counts[{"en": "es", "es": "en"}.get(lang, lang)] if lang in {"en", "es"} else Counter[str]()
    total, others = counts[lang].total(), other.total() or 1
    kept = [
        (-n, word)
        for word, n in counts[lang].items()
        if n >= (2 if lang == "zh" else _fewest(lang, word)) and other[word] / others < 5 * n / total
    ]
    return [word for _, word in sorted(kept)[: SIZE[lang]]]


def _fewest(lang: str, word: str) -> int:
    scale = 1.0 if lang == "en" else 0.25
    return max(2 if lang != "en" else 3, int(scale * FEWEST.get(len(word), 0)))


def main() -> None:
    """Write the lexicon."""
    parser = argparse.ArgumentParser(description="count words into lexicon.json")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--output", type=Path, default=FILE)
    args = parser.parse_args()
    lists = [path for path in args.files if path.suffix in {".tsv", ".json"}]
    texts = [text for path in args.files if path not in lists for text in texts_of(path)]
    counts = count(texts)
    counted = {lang: ranked(lang, counts) for lang in SIZE}
    lexicon = extended(counted, map(listed, lists))
    joined = {lang: " ".join(words) for lang, words in lexicon.items()}
    joined["pairs"] = "|".join(ordered_pairs(texts, counted))
    args.output.write_text(json.dumps(joined, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print({lang: len(words) for lang, words in lexicon.items()})


if __name__ == "__main__":
    main()
