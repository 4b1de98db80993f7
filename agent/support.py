"""Is a sentence supported by the section it cites?

First what must stand in the section word by word: numbers, units of time, dates, phone numbers, addresses, identifiers of
licences and standards, abbreviations and names of places. Then polarity: a clause must not deny what its source affirms.
Then support: how much of the sentence's content, weighted by how rare its words are in the library, the section covers,
how rare the rarest word is that it does not cover, and how near the sentence is to the section's by embedding. The three
thresholds are learned (``handrail grounding fit``).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import snowballstemmer

from agent.grounding import fold
from agent.models import Frozen
from agent.moderation.numbers import plain

FILE: Final = Path(__file__).with_name("support.json")
NEAREST: Final = 0.5
"""Share of a clause's terms in a source clause from which on the two say something about the same."""

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_HAN: Final = re.compile(r"[\u3400-\u9fff]+")
_NUMBER: Final = re.compile(r"\d+(?:[ .,:/\-–]\d+)*")
_IDENTIFIER: Final = re.compile(r"[A-Za-z][\w.+\-]*\d[\w\-]*(?:\.\w+)*|\d+-\d+[A-Z]+(?:-\d+)?", re.ASCII)
_ADDRESS: Final = re.compile(
    r"[\w.+-]+@[\w.-]+\w|(?:https?://)?(?:[\w-]+\.)+(?:com|org|net|gov|uk|es|mx|cn|sa|eg|ae|io|edu|us)(?:/\S*)?\b",
    re.ASCII,
)
_ABBREVIATION: Final = re.compile(r"(?<![A-Za-z0-9.@/-])[A-Z]{2,}(?![A-Za-z0-9@-])")
_CLAUSE: Final = re.compile(
    r"[;:!?؛؟，；：。！？、]\s*|[.,،]\s+|\s(?:because|porque|so that|para que|and|y|e|but|pero)\s"
)
_SAME: Final = {
    "US": ("united states", "u.s."),
    "UK": ("united kingdom", "u.k."),
    "EU": ("european union",),
    "EEUU": ("estados unidos",),
}
_SHORT: Final = re.compile(r"(?<!\w)(?:US|UK|EU|EEUU)(?!\w)")
_NEGATIONS: Final = {
    "en": re.compile(r"\b(?:not|never|no|cannot|without|nor|neither|don't|doesn't|rejects?)\b|n't\b", re.IGNORECASE),
    "es": re.compile(r"\b(?:no|nunca|jamás|sin|ni|tampoco|ningún|ninguna?|rechaza)\b", re.IGNORECASE),
    "zh": re.compile(r"(?<!而)不(?!同|仅|但)|没|無|无(?!线)|别(?!人|处|的)|勿|未(?!成年)"),
    "ar": re.compile(r"(?<![\u0621-\u064a])(?:[وف]?لا|ليس(?:ت)?|لم|لن|غير|دون|بدون|[أا]لا|يرفض)(?![\u0621-\u064a])"),
}  # fmt: skip
_FREE: Final = {
    "en": "a an the of to in on at by for from with and or but if when while as is are was were be been being it its this that these those there their they them he she you your "
    "we our i my me who which what how can could may might must should will would do does did has have had not no never any some all each every also too very more most than then so "
    "because about into out up down over under after before only even such other same one under has which where need whose own lets",
    "es": "el la los las un una unos unas de del al a en por para con sin y e o u pero si cuando como que es son era ser está están fue ha han hay se su sus lo le les me mi tu tus te "
    "no nunca ni más menos muy también ya este esta estos estas ese esa eso porque aunque donde quien cada todo toda todos todas otro otra mismo puede pueden debe deben",
    "ar": "في من على عن إلى الى أن ان إن أو او و ثم لا لم لن ليس ما هذا هذه ذلك التي الذي الذين هو هي هم كان كانت يكون تكون إذا اذا حتى كل بعض أي مع بعد قبل عند لأن قد غير بين كما أيضا",
    "zh": "的了是在和或也就都而且如果可以要不会等很还没有一个这那它他她们你您我把被让给对从到用以及与其之时候为因所但再先后上下里中能应该去来做请并只",
}  # fmt: skip
_PLACES: Final = "canada australia ireland india france germany italy portugal colombia chile peru argentina japan korea singapore brazil russia netherlands switzerland sweden españa méxico perú ecuador venezuela bolivia cuba uruguay paraguay francia italia alemania مصر السعودية الإمارات الكويت قطر عمان البحرين الأردن لبنان سوريا العراق اليمن المغرب الجزائر تونس ليبيا السودان فلسطين spain mexico china egypt saudi emirates".split()


_MEDICINES: Final = "paracetamol acetaminophen ibuprofen ibuprofeno naproxen naproxeno aspirin aspirina diclofenac diclofenaco codeine codeína morphine morfina tramadol oxycodone oxicodona fentanyl fentanilo methadone metadona buprenorphine buprenorfina naloxone naloxona naltrexone naltrexona heroin heroína cocaine cocaína cannabis alcohol insulin insulina metformin metformina warfarin warfarina heparin heparina diazepam alprazolam lorazepam clonazepam zopiclone sertraline sertralina fluoxetine fluoxetina lithium litio amoxicillin amoxicilina penicillin penicilina azithromycin azitromicina ciprofloxacin ciprofloxacino levonorgestrel ulipristal misoprostol mifepristone prednisone prednisona adrenaline adrenalina epinephrine epinefrina salbutamol omeprazole omeprazol caffeine cafeína ketamine ketamina pregabalin pregabalina gabapentin باراسيتامول إيبوبروفين ايبوبروفين أسبرين نابروكسين ديكلوفيناك كودايين مورفين ترامادول فنتانيل ميثادون بوبرينورفين نالوكسون إنسولين ميتفورمين وارفارين ديازيبام 对乙酰氨基酚 扑热息痛 布洛芬 阿司匹林 萘普生 双氯芬酸 可待因 吗啡 曲马多 芬太尼 美沙酮 丁丙诺啡 纳洛酮 纳曲酮 胰岛素 二甲双胍 华法林 地西泮 阿普唑仑 氟西汀 舍曲林 阿莫西林 青霉素".split()
_PROPER: Final = re.compile(r"(?<=[\w,»”)] )[A-ZÁÉÍÓÚÑ][\wáéíóúñü'’-]+")
"""A capitalised word inside a sentence; the scripts of the other languages have no capitals."""


class Thresholds(Frozen):
    """What a supported sentence reaches, learned from pairs."""

    coverage: float = 0.6
    """Least share of the weight of its terms that the section covers."""
    novelty: float = 6.0
    """Most weight of a term that the section does not have."""
    similarity: float = 0.0
    """Least cosine to the nearest sentence of the section; counts where an embedding is given."""


class Model(Frozen):
    """Thresholds by language, and in how many sentences of the library a term stands."""

    format: int = 1
    thresholds: dict[str, Thresholds]
    sentences: dict[str, int]
    frequency: dict[str, dict[str, int]]


class Features(NamedTuple):
    """What the thresholds are compared with."""

    coverage: float
    novelty: float


class Verdict(NamedTuple):
    """Whether the section supports the sentence, and what speaks against it."""

    supported: bool
    reasons: tuple[str, ...]
    """``fact:<what>``, ``polarity``, ``coverage``, ``novelty``, ``similarity``; empty when supported."""


@lru_cache(maxsize=1)
def load_support(path: Path = FILE) -> Model:
    """The learned thresholds and frequencies."""
    return Model.model_validate(json.loads(path.read_text(encoding="utf-8")))


def verify(
    sentence: str, section: str, language: str, model: Model | None = None, similarity: float | None = None
) -> Verdict:
    """Whether ``section`` (heading and text) supports ``sentence``, both in ``language``."""
    model = model or load_support()
    limits = model.thresholds.get(language) or model.thresholds["en"]
    reasons = [f"fact:{fact}" for fact in missing_facts(sentence, section, language)]
    if contradicts(sentence, section, language):
        reasons.append("polarity")
    found = features(sentence, section, language, model)
    if found.coverage < limits.coverage:
        reasons.append("coverage")
    if found.novelty > limits.novelty:
        reasons.append("novelty")
    if similarity is not None and similarity < limits.similarity:
        reasons.append("similarity")
    return Verdict(not reasons, tuple(reasons))


def features(sentence: str, section: str, language: str, model: Model) -> Features:
    """How much of the sentence the section covers, and the weight of the rarest term that it does not."""
    own, there = terms(sentence, language), frozenset(terms(section, language))
    weights = {term: weight(term, language, model) for term in own}
    total = sum(weights.values())
    novel = [value for term, value in weights.items() if term not in there]
    return Features(1.0 - sum(novel) / total if total else 1.0, max(novel, default=0.0))


def weight(term: str, language: str, model: Model) -> float:
    """Inverse document frequency of the term over the sentences of the library, in nats."""
    count = model.sentences.get(language, 1)
    return math.log((1 + count) / (1 + model.frequency.get(language, {}).get(term, 0)))


def terms(text: str, language: str) -> list[str]:
    """Comparable content terms in order, each once: stems of words, single characters of Chinese."""
    text = _SHORT.sub(lambda match: _SAME[match[0]][0], text)
    free = _free(language)
    found: dict[str, None] = {}
    if language == "zh":
        for run in _HAN.findall(text):
            found.update((character, None) for character in run if character not in free)
    for word in _WORD.findall(text):
        if not _HAN.match(word) and fold(word) not in free:
            found[_stem(fold(word), language)] = None
    return list(found)


@lru_cache(maxsize=8)
def _free(language: str) -> frozenset[str]:
    listed = _FREE.get(language, "")
    return frozenset(listed) if language == "zh" else frozenset(fold(word) for word in listed.split())


@lru_cache(maxsize=8)
def _stemmer(language: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer({"en": "english", "es": "spanish", "ar": "arabic"}.get(language, "english"))


@lru_cache(maxsize=20_000)
def _stem(word: str, language: str) -> str:
    stem: str = _stemmer(language).stemWord(word)
    return stem


# --- facts ------------------------------------------------------------------------------------------------


def missing_facts(sentence: str, section: str, language: str) -> list[str]:
    """Numbers, identifiers, addresses, abbreviations and places of the sentence that do not stand in the section."""
    own, there = (_SHORT.sub(lambda match: _SAME[match[0]][0], plain(text)) for text in (sentence, section))
    lower = there.casefold()
    missing = [address for address in _ADDRESS.findall(own) if address.casefold().rstrip(".") not in lower]
    identifiers = _IDENTIFIER.findall(own)
    known = {found.casefold().rstrip(".-") for found in _IDENTIFIER.findall(there)}
    missing += [found for found in identifiers if found.casefold().rstrip(".-") not in known]
    numbers = {number for run in _NUMBER.findall(there) for number in _numbers(run)}
    numbers |= {str(value) for value in _spelled(there, language)}
    for run in _NUMBER.findall(_IDENTIFIER.sub(" ", own)):
        if _digits(run) not in numbers and not all(part in numbers for part in run.split(" ")):
            missing.append(run)
    missing += [str(value) for value in _spelled(own, language) if str(value) not in numbers]
    missing += _misplaced(own, there, language)
    missing += [name for name in _ABBREVIATION.findall(own) if not _stands(name, there, lower)]
    missing += [name for name in _MEDICINES if name in own.casefold() and name not in lower]
    missing += [
        name
        for name in _PROPER.findall(own)
        if name.isalpha() and name.upper() != name and not _named(name, there, language)
    ]
    places = {place for place in _PLACES if re.search(rf"(?<!\w)[وبفل]?{place}(?!\w)", own.casefold())}
    return [*missing, *sorted(place for place in places if not re.search(rf"(?<!\w)\w?{place}", lower))]


def _misplaced(own: str, there: str, language: str) -> list[str]:
    """Small numbers that stand in the section, but with other words beside them, or with another unit of time."""
    known = set(_beside(there, language))
    neighbours = {number for number, _, _ in known}
    pairs = {(n, before) for n, before, _ in known} | {(n, after) for n, _, after in known}
    missing = []
    for number, before, after in _beside(own, language):
        if number not in neighbours:
            continue
        wrong_unit = after in _TIMES and (number, after) not in pairs
        if wrong_unit or ((number, before) not in pairs and (number, after) not in pairs):
            missing.append(f"{number} {after}".strip())
    return missing


def _beside(text: str, language: str) -> list[tuple[str, str, str]]:
    """Numbers of one or two digits, in digits or words, each with the stem before and the stem after it; not in Chinese, which
    has no words between spaces."""
    if language == "zh":
        return [(m[2], m[1], m[3]) for m in re.finditer(r"(?=(\D|^)(\d{1,2})(?!\d)(.?))", _IDENTIFIER.sub(" ", text))]
    tokens = re.findall(r"[^\W\d_]+|\d+", _IDENTIFIER.sub(" ", text))
    found = []
    for index, token in enumerate(tokens):
        number = token if token.isdigit() else next((str(n) for n in _spelled(token, language)), "")
        if number and len(number) <= 2:
            before = _stem(fold(tokens[index - 1]), language) if index else ""
            after = _stem(fold(tokens[index + 1]), language) if index + 1 < len(tokens) else ""
            found.append((number, before, after))
    return found


_TIMES: Final = frozenset(
    [
        "minut",
        "hour",
        "day",
        "week",
        "month",
        "year",
        "minuto",
        "hor",
        "dia",
        "seman",
        "mes",
        "años",
        "año",
        "mese",
        "دقيق",
        "ساع",
        "يوم",
        "اسبوع",
        "شهر",
        "سن",
        "عام",
        "ايام",
        "ساعات",
        "اسابيع",
        "اشهر",
        "سنوات",
    ]
)
"""Stems of units of time."""


def _numbers(run: str) -> set[str]:
    """The number that a run of digits is, and its parts unless it is long enough to be dialled."""
    whole = _digits(run)
    return {whole} if len(whole) >= 7 else {whole, *re.findall(r"\d+", run)}


def _named(name: str, there: str, language: str) -> bool:
    """True when the section has the word, in whatever form, or its language's name for a country."""
    return fold(name) in fold(there) or _stem(fold(name), language) in {
        _stem(fold(word), language) for word in _WORD.findall(there)
    }


def _digits(run: str) -> str:
    return re.sub(r"\D", "", run)


def _stands(name: str, there: str, lower: str) -> bool:
    return re.search(rf"(?<![A-Za-z]){name}(?![a-z])", there) is not None or any(
        same in lower for same in _SAME.get(name, ())
    )


_ONES: Final = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte",
}
_TENS: Final = {
    "en": {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100},
    "es": {"treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90, "cien": 100},
    "ar": {
        "ثلاث": 3, "ثلاثة": 3, "أربع": 4, "أربعة": 4, "خمس": 5, "خمسة": 5, "ست": 6, "ستة": 6, "سبع": 7, "سبعة": 7, "ثماني": 8, "ثمانية": 8, "تسع": 9, "تسعة": 9,
        "عشرة": 10, "عشر": 10, "عشرون": 20, "عشرين": 20, "ثلاثون": 30, "ثلاثين": 30, "أربعون": 40, "أربعين": 40, "خمسون": 50, "خمسين": 50, "ستون": 60, "ستين": 60,
        "سبعون": 70, "سبعين": 70, "ثمانون": 80, "ثمانين": 80, "تسعون": 90, "تسعين": 90, "مئة": 100, "مائة": 100, "شهرين": 2, "شهران": 2, "يومين": 2, "الثاني": 2, "الثانية": 2,
        "اثني": 2, "اثنا": 2, "اثنتي": 2,
    },
}  # fmt: skip
_HAN_NUMBER: Final = re.compile(r"[零一二两三四五六七八九十百]{2,}|[二两三四五六七八九十](?=[条天年个月日号岁周小])")
_HAN_VALUE: Final = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}


def _spelled(text: str, language: str) -> list[int]:
    """Values of the numbers from two on that are written in words, in order; 15 in two words counts as 5 and 10."""
    if language == "zh":
        return [_han_value(run) for run in _HAN_NUMBER.findall(text)]
    values = {fold(word): value for word, value in _TENS.get(language, {}).items()}
    values |= {fold(word): value for value, word in enumerate(_ONES.get(language, "").split()) if value > 1}
    found = [fold(word) for word in _WORD.findall(text)]
    if language == "ar":
        found = [word if word in values else re.sub(r"^[وبفل]", "", word) for word in found]
    return [values[word] for word in found if word in values]


def _han_value(run: str) -> int:
    total, digit = 0, 0
    for character in run:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _HAN_VALUE[character]
    return total + digit


# --- polarity ---------------------------------------------------------------------------------------------


def contradicts(sentence: str, section: str, language: str) -> bool:
    """True when a clause of the sentence denies what the nearest clause of the section affirms, or the other way round."""
    negation = _NEGATIONS.get(language)
    if negation is None:
        return False
    sources = [(clause, frozenset(terms(clause, language))) for clause in _clauses(section)]
    for clause in _clauses(sentence):
        own = frozenset(terms(clause, language))
        near = [(len(own & there) / len(own), source) for source, there in sources if own and there]
        best = max((share for share, _ in near), default=0.0)
        if best < NEAREST or len(own) < 2:
            continue
        denied = _odd(negation, clause)
        if all(_odd(negation, source) != denied for share, source in near if share >= best - 0.05):
            return True
    return False


def _odd(negation: re.Pattern[str], clause: str) -> bool:
    return len(negation.findall(clause)) % 2 == 1


def _clauses(text: str) -> Sequence[str]:
    return [clause for clause in _CLAUSE.split(text.replace("\n", ". ")) if clause and clause.strip()]
