"""Which language a message is in: by script first, then by known words, then by lingua's letter statistics.

Quoted code, addresses and encoded stretches do not count. ``und`` when a message does not tell: ``ok``, ``123``, emoji.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

from agent.grounding import fold
from agent.perception.lexicon import lexicon
from retrieval.gloss import load_gloss

UNKNOWN: Final = "und"
LOOK: Final = 1_500
"""Characters of head and tail that are looked at."""

_LATIN: Final = (
    Language.ENGLISH, Language.SPANISH, Language.FRENCH, Language.GERMAN, Language.PORTUGUESE, Language.ITALIAN, Language.TURKISH,
)  # fmt: skip
_CYRILLIC: Final = (Language.RUSSIAN, Language.UKRAINIAN)

_NOT_PROSE: Final = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+|www\.\S+|[^\s@]{1,64}@[^\s@]{1,80}\.\w+|[A-Za-z0-9+/_=-]{24,}|&#?\w{1,8};|%[0-9A-Fa-f]{2}|\b\w+[_.]\w+\([^)]*\)",
    re.DOTALL,
)
_RUNS: Final = re.compile(
    r"(?P<kana>[\u3040-\u30ff\u31f0-\u31ff]+)|(?P<han>[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0002ffff]+)|(?P<ko>[\u1100-\u11ff\uac00-\ud7af]+)"
    r"|(?P<ar>[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff]+)|(?P<ru>[\u0400-\u052f]+)|(?P<hi>[\u0900-\u097f]+)|(?P<el>[\u0370-\u03ff]+)"
    r"|(?P<he>[\u0590-\u05ff]+)|(?P<th>[\u0e00-\u0e7f]+)|(?P<bn>[\u0980-\u09ff]+)|(?P<ta>[\u0b80-\u0bff]+)|(?P<ka>[\u10a0-\u10ff]+)|(?P<hy>[\u0530-\u058f]+)"
    r"|(?P<latin>[A-Za-zÀ-ɏḀ-ỿ]+(?:['’\-][A-Za-zÀ-ɏḀ-ỿ]+)*)"
)
_PERSIAN: Final = re.compile("[پچژگکی]")
_URDU: Final = re.compile("[ٹڈڑںےھہ]")
_ARABIC_ONLY: Final = re.compile("[ةىيكأإؤ]")
_FOREIGN: Final = re.compile("[ãõçßœæêèàùâîôûëïäöışğłńřšžčåøạ-ỹđơưă]")
"""Letters that English and Spanish do without; matched in lower case."""
_VIETNAMESE: Final = re.compile("[ạ-ỹđơưă]")
_GRAMMAR: Final = 100
_RARE: Final = 10_000
_NAME: Final = 0.4
"""Rank of an English word under which it is grammar, a rank above it, and what other English words count beside another script."""
_HAN_WORD: Final = 0.55
"""Words that a Chinese character counts for beside words of an alphabet."""

_SHORT: Final = {
    "en": "hello hi hey yes yeah yep nope thanks thank please sorry bye goodbye help stop what why how who when where good morning night sure fine cool great maybe again more go continue",
    "es": "si hola gracias adios vale bueno buenas buenos dias tardes noches ayuda por favor que como quien cuando donde porque claro jaja perdon sigue mas otra listo oye",
    "fr": "bonjour merci salut oui non aide pourquoi comment bonsoir au revoir quoi ouais d'accord",
    "de": "hallo danke ja nein hilfe bitte warum wie tschuss guten tag morgen",
    "pt": "ola obrigado obrigada sim nao oi ajuda bom dia tudo bem tchau",
    "it": "ciao grazie buongiorno aiuto perche prego buonasera",
    "tr": "merhaba tesekkurler evet hayir yardim selam",
    "vi": "chao cam on vang khong",
}
_GREETING: Final = {word: lang for lang, words in reversed(_SHORT.items()) for word in words.split()}
_FEW_WORDS: Final = 8
"""Words of a text that little words decide."""
_LITTLE: Final = {
    "fr": frozenset(["je", "suis", "est", "où", "c'est", "qu'est", "j'ai", "vous", "nous", "avec", "une", "des", "les", "pas", "quel", "quelle", "mon", "mes", "très", "d'un", "l'on", "s'il"]),
    "de": frozenset(["ich", "ist", "das", "der", "nicht", "und", "ein", "eine", "wie", "wo", "mir", "mich", "bin", "wir", "für", "auf", "kann", "wird", "mein", "dein", "kein", "ohne", "über"]),
    "pt": frozenset(["não", "você", "estou", "isso", "onde", "uma", "muito", "meu", "minha", "fica", "obrigado", "obrigada", "são", "então", "também", "eu", "ele", "ela", "quero", "fazer", "preciso"]),
    "it": frozenset(["sono", "è", "che", "cosa", "dov'è", "cos'è", "perché", "della", "gli", "questo", "questa", "sto", "voglio", "non", "mio"]),
}  # fmt: skip
"""Words that English and Spanish do not have, with their accents."""
_LOWER_WORD: Final = re.compile(r"[a-zà-ÿ]+(?:['’][a-zà-ÿ]+)?")
_NEUTRAL: Final = frozenset(["ok", "okay", "no", "a", "e", "o", "mmm", "hmm", "haha", "lol", "wow", "x", "xd", "k"])
_ARABIZI_WORDS: Final = (
    "shlonak shlonik shlonek shlon kifak kifik keefak kefak kifach ana inta inti enta enti ente mish mesh mush wallah walla yalla habibi habibti ya3ni "
    "shukran shokran marhaba ahlan salam alaykum alaikum sabah inshallah inchallah ezayak izzayak ezayek 3amel akhbarak shu shou leish lesh laish "
    "wein wayn wen fein bidi biddi badi ayez 3ayez awez abga abgha abi keef kef kif kaif kayf baddi bas khalas 5alas mafi mafeesh fi fe 3ala men min el al "
    "hal law wla wesh esh eih ely elli bokra ams elyoum a3mel asawi asawwi a3raf ba7eb mooot amoot bamoot qunbula qonbola nafsi nafse beta3i beta3 "
    "bta3 wazni wahid wa7ad sawwi ghali bla flous bl lel 3ndi 3andi mabi elli illi lli izzay ezzay 2ezay kifash wach chno chnou bghit nbghi "
    "dyal dyali dyalo 3lach daba bzaf bezzaf wayed hwaya maku lazem momken keda kida metl mitl heik 7alak dilwa2ty dlwa2ty delwa2ty halla2 "
    "wakha kayn kayen makaynch mafish ektebli ektebly iktibli ktebli kwayes kwayyes kowayes mnih awz 3awez bta3i bta3y beta3y taba3 taba3i "
    "3ashan 3shan 3alashan la2an mesh"
)
_ARABIZI: Final = frozenset(_ARABIZI_WORDS.split())
_ARABIZI_LOOK: Final = 40
"""Words that are looked at for their sound."""
_HEARD: Final = 3
"""Words of so many letters or fewer sound like a word of any language."""
_SOUND_SHARE: Final = 0.3
_SOUND_SHARE_SURE: Final = 0.2
"""Share of all words that must sound Arabic; less where two or more have no other language. Of our 1,011 requests in Arabizi 91.6% have it."""
_LONG_OF_TOKEN: Final = re.compile(r"[a-z]{3,}")
_LATIN_WORD: Final = re.compile(r"[A-Za-z]+")
_TOKEN: Final = re.compile(r"[a-z0-9]+")
_LONG_PIECE: Final = re.compile(r"[a-z]{4,}")
_LEET_ONLY: Final = re.compile(r"[014]")
_AS_LEET: Final = str.maketrans("23579", "zestg")
"""Digits of leetspeak that Arabizi does without, and the letters that those of Arabizi are in leetspeak."""
_ARABIZI_DIGIT: Final = re.compile(r"\b[a-z]*[a-z][23579][a-z]+\b|\b[2357][a-z]{3,}\b|\b[a-z]{2,}[37]\b")


@lru_cache(maxsize=2)
def detector(script: str) -> LanguageDetector:
    """lingua for the languages of a script, low-accuracy models: 15 MB where the full ones take 200."""
    languages = _LATIN if script == "latin" else _CYRILLIC
    return LanguageDetectorBuilder.from_languages(*languages).with_low_accuracy_mode().build()


def language(text: str) -> str:
    """ISO 639-1 code of the language that most of the prose is in, or ``und``."""
    prose = _NOT_PROSE.sub(" ", text if len(text) <= 2 * LOOK else f"{text[:LOOK]} {text[-LOOK:]}")
    if not any(map(str.isalpha, prose)):
        prose = text[: 2 * LOOK]
    weights: dict[str, float] = {}
    latin: list[str] = []
    for match in _RUNS.finditer(prose):
        script = match.lastgroup or ""
        if script == "latin":
            latin.append(match.group())
        size = len(match.group()) * _HAN_WORD if script in {"han", "kana"} else 1.0
        weights[script] = weights.get(script, 0.0) + size
    if latin:
        weights["latin"] = _latin_weight(latin, alone=len(weights) == 1)
    if not weights:
        return UNKNOWN
    main = max(weights, key=lambda script: weights[script])
    if main in {"han", "kana"}:
        kana, han = weights.get("kana", 0.0), weights.get("han", 0.0)
        return "ja" if kana > 0.12 * (kana + han) else "zh"
    if main == "ar":
        return _arabic(prose)
    if main == "ru":
        return _by_lingua(prose, "cyrillic")
    return _latin(prose, latin) if main == "latin" else main


def _latin_weight(words: Sequence[str], *, alone: bool) -> float:
    """How many words of prose; names of things (``Python``, ``WiFi``) beside another script count less."""
    if alone:
        return float(len(words))
    english = lexicon().english.words
    return sum(1.0 if english.get(fold(word), _RARE) < _GRAMMAR else _NAME for word in words)


def _arabic(text: str) -> str:
    if _URDU.search(text) and not _ARABIC_ONLY.search(text):
        return "ur"
    persian = set(_PERSIAN.findall(text))
    if len(persian) >= 2 and len(_ARABIC_ONLY.findall(text)) < len(_PERSIAN.findall(text)):
        return "fa"
    return "ar"


def _latin(prose: str, words: Sequence[str]) -> str:
    folded = [fold(word).replace("’", "'") for word in words]
    if _mostly_arabizi(prose, folded):
        return "ar"
    if len(folded) <= 3:
        found = _short(folded)
        if found:
            return found
    lower = prose.lower()
    foreign = _FOREIGN.search(lower) is not None
    if foreign and _VIETNAMESE.search(lower):
        return "vi"
    if len(folded) <= _FEW_WORDS and (other := _by_little_words(lower)):
        return other
    known = lexicon()
    english = sum(known.english.is_common(word) for word in folded) / len(folded)
    spanish = sum(known.spanish.is_common(word) for word in folded) / len(folded)
    clear = 0.6 if len(folded) >= 3 else 1.0
    if not foreign and max(english, spanish) >= clear and abs(english - spanish) >= 0.3:
        return "en" if english > spanish else "es"
    guess = _by_lingua(" ".join(words) if len(folded) > 2 else prose, "latin", sure=0.6 if len(folded) < 3 else 0.0)
    if (guess in {"en", "es"} and english + spanish < 2.0) or foreign:
        return guess
    return _weigh(english, spanish, folded, guess)


def _by_little_words(lower: str) -> str | None:
    """The language whose little words stand in a short text, where they are those of one language only."""
    words = _LOWER_WORD.findall(lower)
    votes = [lang for word in words for lang, little in _LITTLE.items() if word in little]
    return votes[0] if votes and len(set(votes)) == 1 and len(votes) >= 0.25 * len(words) else None


def _weigh(english: float, spanish: float, words: Sequence[str], guess: str) -> str:
    """A short text that lingua takes for a language that it seldom is here: known words decide."""
    if max(english, spanish) < (0.5 if len(words) < 5 else 0.6):
        return guess
    if abs(english - spanish) >= (0.01 if len(words) < 5 else 0.2):
        return "en" if english > spanish else "es"
    if len(words) >= 5:
        return guess
    known = lexicon()
    far = len(known.english.words)
    ranks = [(known.english.words.get(word, far), 2 * known.spanish.words.get(word, far)) for word in words]
    return "en" if sum(a for a, _ in ranks) <= sum(b for _, b in ranks) else "es"


def _short(words: Sequence[str]) -> str | None:
    """The language of a message of one to three words that everybody writes, ``und`` when it is of every language."""
    if all(word in _NEUTRAL for word in words):
        return UNKNOWN
    votes = [_GREETING[word] for word in words if word in _GREETING]
    rest = [word for word in words if word not in _GREETING and word not in _NEUTRAL]
    return max(votes, key=votes.count) if votes and len(votes) >= len(rest) else None


def is_arabizi(text: str) -> bool:
    """True when the text is Arabic in Latin letters, with digits for letters that Latin lacks, rather than leetspeak.

    Either a word of the list stands in it beside words with digits, or the only digits in words are those of Arabizi, in
    words that leetspeak makes nothing of.
    """
    tokens = _tokens(text)
    mixed = [token for token in tokens if any(map(str.isdigit, token))]
    if not mixed or _LEET_ONLY.search(" ".join(mixed)):
        return False
    known = lexicon()
    if _sure(tokens) or _sure([piece for token in mixed for piece in _LONG_PIECE.findall(token)]):
        return _ARABIZI_DIGIT.search(text.casefold()) is not None
    shaped = [token for token in mixed if _ARABIZI_DIGIT.fullmatch(token)]
    return len(shaped) >= 2 and not any(known.knows(token.translate(_AS_LEET)) for token in shaped)


def _tokens(text: str) -> list[str]:
    """Words of Latin letters and digits, in lower case."""
    return [token for token in _TOKEN.findall(text.casefold()) if any(map(str.isalpha, token))]


def _is_common(word: str) -> bool:
    """A word that English or Spanish often has."""
    known = lexicon()
    return known.english.is_common(word) or known.spanish.is_common(word)


def _sure(words: Sequence[str]) -> int:
    return sum(word in _ARABIZI and not _is_common(word) for word in words)


def _mostly_arabizi(prose: str, words: Sequence[str]) -> bool:
    """Arabic in Latin letters with digits for its own (``7abibi``, ``kifak``)."""
    known = lexicon()
    sure = _sure(words)
    digits = len(_ARABIZI_DIGIT.findall(prose.casefold()))
    plain = sum(known.knows(word) and word not in _ARABIZI for word in words)
    if sure + digits >= (2 if len(words) > 2 else 1) and sure + digits >= max(1, plain if sure else 2 * plain):
        return True
    return _spelled_in_arabizi(prose)


def _spelled_in_arabizi(prose: str) -> bool:
    """More words are Arabic ones by their sound than English or Spanish, and one at least has no other language.

    By sound alone Turkish or Hindi would pass, and the Arabic lexicon takes memory.
    """
    tokens = _tokens(prose)[:_ARABIZI_LOOK]
    plain = set(filter(_is_common, tokens))
    told = [token for token in tokens if token not in plain and _only_arabizi(token)]
    if not told:
        return False
    gloss = load_gloss()
    heard = [token for token in tokens if token in told or (len(token) > _HEARD and token not in plain)]
    arabic = sum(gloss.spells_arabic(token) for token in heard)
    share = _SOUND_SHARE_SURE if len(told) > 1 else _SOUND_SHARE
    return arabic >= max(2, share * len(tokens)) and arabic > sum(
        token in plain and len(token) > _HEARD for token in tokens
    )


def _only_arabizi(token: str) -> bool:
    """A word that no other language has: a long one of the list, or one with a digit inside that leaves no known word without it."""
    if len(token) > _HEARD and token in _ARABIZI:
        return True
    known = lexicon()
    return (
        len(token) > _HEARD
        and _ARABIZI_DIGIT.fullmatch(token) is not None
        and not any(known.knows(piece) for piece in _LONG_OF_TOKEN.findall(token))
    )


def _by_lingua(text: str, script: str, sure: float = 0.0) -> str:
    """The likeliest language, or ``und`` when it is less likely than ``sure``."""
    best = next(iter(detector(script).compute_language_confidence_values(text)), None)
    return best.language.iso_code_639_1.name.lower() if best and best.value > sure else UNKNOWN
