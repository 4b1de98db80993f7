"""Counts words in files of texts and writes ``lexicon.json``: per language, its commonest words in order of frequency.

    python -m agent.perception.fit agent/risk/data/*.jsonl corpora/library/*/*/*.md PATH/train/*.jsonl

Only counts carry over, no text. A word is kept when it occurs in several texts; Chinese, which has no spaces, is kept as
pairs of characters.
"""

from __future__ import annotations

import argparse
import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
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
    counts = count(text for path in args.files for text in texts_of(path))
    lexicon = {lang: " ".join(ranked(lang, counts)) for lang in SIZE}
    args.output.write_text(json.dumps(lexicon, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print({lang: len(words.split()) for lang, words in lexicon.items()})


if __name__ == "__main__":
    main()
