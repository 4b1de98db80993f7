"""Lexical vectors: BM25 by language, computed here so that every store gets the same ones.

The document side carries term frequency and length; the query side carries ones; the store multiplies by the inverse
document frequency (its IDF modifier). A token has the same id in every language, so ``ibuprofeno`` matches itself only,
and ``GPL`` matches in any text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final

import qdrant_edge as edge

from retrieval.gloss import load_gloss
from retrieval.models import SparseVector

K1: Final = 1.2
B: Final = 0.75
AVERAGE_TOKENS: Final = 110.0
"""Length at which a text is neither favoured nor penalised. Fixed, so that a vector never depends on other documents."""

TOKENS: Final = "words, zh by lexicon"
"""Changes with how texts are cut into tokens."""

_NAMES: Final = {"en": "english", "es": "spanish", "zh": "chinese", "ar": "arabic"}
_STOPWORDS: Final = {
    "en": edge.Language.English,
    "es": edge.Language.Spanish,
    "zh": edge.Language.Chinese,
    "ar": edge.Language.Arabic,
}
_STEMMERS: Final = {
    "en": edge.SnowballLanguage.English,
    "es": edge.SnowballLanguage.Spanish,
    "ar": edge.SnowballLanguage.Arabic,
}
_ASKING: Final = {
    "en": "how what when where which who why can could should would want need tell give get make let please help",
    "es": "cómo como qué que quién quien cuánto cuanto cuánta cuanta cuántos cuantos cuándo cuando dónde donde cuál cual "
    "puedo puede puedes pueden quiero quiere quisiera dame dime hazme haz hacer hago hace dice decir necesito ayuda "
    "favor uno una unos unas si sí cada vez así dar doy",
    "zh": "怎么 怎样 如何 怎么办 办 什么 哪里 哪个 为什么 可以 能 能不能 想 要 一个 一份 请 帮 帮我 给 给我 写 告诉 发 吗 呢 了",
    "ar": "كيف ما ماذا متى أين هل كم لماذا من اكتب اعطني أعطني أريد اريد أبي ابي ابغى أبغى ممكن لو سمحت ساعدني اقترح علي لي",
}
"""Words of asking that the stop word lists lack. Rare in guidance, so they would weigh as much as what is asked for."""
_MAX_CHARS: Final = 20_000
_ACCENTLESS_ION: Final = re.compile(r"(?<=[cs])ion\b")


EMPTY: Final = SparseVector(indices=(), values=())


def document_vector(text: str, language: str) -> SparseVector:
    """The weights of an indexed text in ``language``."""
    code = language if language in _NAMES else "en"
    vector = _model(code, (code,)).embed_document(_prepare(text, code))
    return _sorted(zip(vector.indices, vector.values, strict=True))


def query_vector(text: str, language: str, stop_languages: Sequence[str] = ()) -> SparseVector:
    """The weights of a query for texts in ``language``: each token weighs 1.

    The query may be written in any of ``stop_languages`` instead; then their stop words are left out too, or a Spanish
    ``la`` would meet the rare ``LA`` of an English text.
    """
    code = language if language in _NAMES else "en"
    stop = tuple(dict.fromkeys((code, *(other for other in stop_languages if other in _NAMES))))
    found = _model(code, stop).embed_query(_prepare(text, code)).indices
    return _sorted((token, 1.0) for token in found)


def _sorted(items: Iterable[tuple[int, float]]) -> SparseVector:
    pairs = sorted(items)
    return SparseVector(indices=tuple(index for index, _ in pairs), values=tuple(value for _, value in pairs))


@cache
def _model(code: str, stop_languages: tuple[str, ...]) -> edge.Bm25:
    """The tokenizer, stemmer and weights for texts in ``code``."""
    stemmer = edge.SnowballParams(_STEMMERS[code]) if code in _STEMMERS else edge.DisabledStemmer()
    return edge.Bm25(
        edge.Bm25Config(
            k=K1,
            b=B,
            avg_len=AVERAGE_TOKENS,
            language=_NAMES[code],
            tokenizer=edge.TokenizerType.Word,
            stemmer=stemmer,
            stopwords=edge.StopwordsSet(
                languages={_STOPWORDS[stop] for stop in stop_languages},
                custom={word for stop in stop_languages for word in _ASKING[stop].split()},
            ),
        )
    )


def _prepare(text: str, code: str) -> str:
    """Undo spellings that keep the same word apart."""
    text = unicodedata.normalize("NFKC", text[:_MAX_CHARS]).lower()
    if code == "es":
        # People type without accents. The stemmer folds vowels itself, but knows `-ción` only with its accent.
        return _ACCENTLESS_ION.sub("ión", text).replace("ñ", "n")
    if code == "zh":
        return " ".join(_words(text))
    return text


def _words(text: str) -> Iterator[str]:
    """Chinese in words of the gloss's lexicon, and each two neighbours of the characters that it does not know: names of medicines
    are such. The engine's own tokenizer brings a dictionary of 50 MB, drops numbers, and found no more."""
    for stretch in load_gloss().han_words(text):
        unknown = ""
        for word, known in stretch:
            if known:
                yield from _neighbours(unknown)
                unknown = ""
                yield word
            else:
                unknown += word
        yield from _neighbours(unknown)


def _neighbours(unknown: str) -> Iterator[str]:
    if len(unknown) == 1:
        yield unknown
    yield from (unknown[at : at + 2] for at in range(len(unknown) - 1))
