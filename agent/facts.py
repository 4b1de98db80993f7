"""Facts of a sentence that must stand word by word in the section it cites: numbers with what they count, identifiers, addresses,
abbreviations, medicines and names."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from agent.grounding import fold
from agent.moderation.numbers import plain
from agent.terms import SAME, SHORT, WORD, stem, stems

_NUMBER: Final = re.compile(r"\d+(?:[ .,:/\-–]\d+)*")

_IDENTIFIER: Final = re.compile(r"[A-Za-z][\w.+\-]*\d[\w\-]*(?:\.\w+)*|\d+-\d+[A-Z]+(?:-\d+)?", re.ASCII)

_ADDRESS: Final = re.compile(
    r"[\w.+-]+@[\w.-]+\w|(?:https?://)?(?:[\w-]+\.)+(?:com|org|net|gov|uk|es|mx|cn|sa|eg|ae|io|edu|us)(?:/\S*)?\b",
    re.ASCII,
)

_ABBREVIATION: Final = re.compile(r"(?<![A-Za-z0-9.@/-])[A-Z]{2,}(?![A-Za-z0-9@-])")

_PLACES: Final = [
    "canada",
    "australia",
    "ireland",
    "india",
    "france",
    "germany",
    "italy",
    "portugal",
    "colombia",
    "chile",
    "peru",
    "argentina",
    "japan",
    "korea",
    "singapore",
    "brazil",
    "russia",
    "netherlands",
    "switzerland",
    "sweden",
    "españa",
    "méxico",
    "colombia",
    "chile",
    "perú",
    "argentina",
    "ecuador",
    "venezuela",
    "bolivia",
    "cuba",
    "uruguay",
    "paraguay",
    "francia",
    "italia",
    "alemania",
    "مصر",
    "السعودية",
    "الإمارات",
    "الكويت",
    "قطر",
    "عمان",
    "البحرين",
    "الأردن",
    "لبنان",
    "سوريا",
    "العراق",
    "اليمن",
    "المغرب",
    "الجزائر",
    "تونس",
    "ليبيا",
    "السودان",
    "فلسطين",
    "spain",
    "mexico",
    "china",
    "egypt",
    "saudi",
    "emirates",
]

_HAN_PLACES: Final = [
    "日本",
    "韩国",
    "朝鲜",
    "印度",
    "泰国",
    "越南",
    "新加坡",
    "马来西亚",
    "菲律宾",
    "印度尼西亚",
    "俄罗斯",
    "德国",
    "法国",
    "英国",
    "美国",
    "加拿大",
    "墨西哥",
    "巴西",
    "阿根廷",
    "澳大利亚",
    "新西兰",
    "意大利",
    "西班牙",
    "葡萄牙",
    "荷兰",
    "瑞士",
    "瑞典",
    "埃及",
    "沙特",
    "阿联酋",
    "南非",
    "香港",
    "澳门",
    "台湾",
    "欧盟",
]
"""Chinese has no words between spaces: a name stands wherever its characters do."""

_MEDICINES: Final = [
    "paracetamol",
    "acetaminophen",
    "ibuprofen",
    "ibuprofeno",
    "naproxen",
    "naproxeno",
    "aspirin",
    "aspirina",
    "diclofenac",
    "diclofenaco",
    "codeine",
    "codeína",
    "morphine",
    "morfina",
    "tramadol",
    "oxycodone",
    "oxicodona",
    "fentanyl",
    "fentanilo",
    "methadone",
    "metadona",
    "buprenorphine",
    "buprenorfina",
    "naloxone",
    "naloxona",
    "naltrexone",
    "naltrexona",
    "heroin",
    "heroína",
    "cocaine",
    "cocaína",
    "cannabis",
    "alcohol",
    "insulin",
    "insulina",
    "metformin",
    "metformina",
    "warfarin",
    "warfarina",
    "heparin",
    "heparina",
    "diazepam",
    "alprazolam",
    "lorazepam",
    "clonazepam",
    "zopiclone",
    "sertraline",
    "sertralina",
    "fluoxetine",
    "fluoxetina",
    "lithium",
    "litio",
    "amoxicillin",
    "amoxicilina",
    "penicillin",
    "penicilina",
    "azithromycin",
    "azitromicina",
    "ciprofloxacin",
    "ciprofloxacino",
    "levonorgestrel",
    "ulipristal",
    "misoprostol",
    "mifepristone",
    "prednisone",
    "prednisona",
    "adrenaline",
    "adrenalina",
    "epinephrine",
    "epinefrina",
    "salbutamol",
    "omeprazole",
    "omeprazol",
    "caffeine",
    "cafeína",
    "ketamine",
    "ketamina",
    "pregabalin",
    "pregabalina",
    "gabapentin",
    "باراسيتامول",
    "إيبوبروفين",
    "ايبوبروفين",
    "أسبرين",
    "نابروكسين",
    "ديكلوفيناك",
    "كودايين",
    "مورفين",
    "ترامادول",
    "فنتانيل",
    "ميثادون",
    "بوبرينورفين",
    "نالوكسون",
    "إنسولين",
    "ميتفورمين",
    "وارفارين",
    "ديازيبام",
    "对乙酰氨基酚",
    "扑热息痛",
    "布洛芬",
    "阿司匹林",
    "萘普生",
    "双氯芬酸",
    "可待因",
    "吗啡",
    "曲马多",
    "芬太尼",
    "美沙酮",
    "丁丙诺啡",
    "纳洛酮",
    "纳曲酮",
    "胰岛素",
    "二甲双胍",
    "华法林",
    "地西泮",
    "阿普唑仑",
    "氟西汀",
    "舍曲林",
    "阿莫西林",
    "青霉素",
]

_PROPER: Final = re.compile(r"(?<=[\w,»”)] )[A-ZÁÉÍÓÚÑ][\wáéíóúñü'’-]+")
"""A capitalised word inside a sentence; the scripts of the other languages have no capitals."""


class _Known(NamedTuple):
    """What stands in a section."""

    text: str
    lower: str
    folded: str
    stems: frozenset[str]
    identifiers: frozenset[str]
    numbers: frozenset[str]
    beside: frozenset[tuple[str, str, str]]


@lru_cache(maxsize=256)
def _known(section: str, language: str) -> _Known:
    text = _written_out(section)
    numbers = {number for run in _NUMBER.findall(text) for number in _numbers(run)}
    return _Known(
        text=text,
        lower=text.casefold(),
        folded=fold(text),
        stems=frozenset(stems(text, language)),
        identifiers=frozenset(found.casefold().rstrip(".-") for found in _IDENTIFIER.findall(text)),
        numbers=frozenset(numbers | {str(value) for value in _spelled(text, language)}),
        beside=frozenset(_beside(text, language)),
    )


def missing_facts(sentence: str, section: str, language: str) -> list[str]:
    """Numbers, identifiers, addresses, abbreviations and places of the sentence that do not stand in the section."""
    own, there = _written_out(sentence), _known(section, language)
    missing = [address for address in _ADDRESS.findall(own) if address.casefold().rstrip(".") not in there.lower]
    identifiers = _IDENTIFIER.findall(own)
    missing += [found for found in identifiers if found.casefold().rstrip(".-") not in there.identifiers]
    for run in _NUMBER.findall(_IDENTIFIER.sub(" ", own)):
        if _digits(run) not in there.numbers and not all(part in there.numbers for part in run.split(" ")):
            missing.append(run)
    missing += [str(value) for value in _spelled(own, language) if str(value) not in there.numbers]
    missing += _misplaced(own, there.beside, language)
    missing += [name for name in _ABBREVIATION.findall(own) if not _stands(name, there)]
    missing += [name for name in _MEDICINES if name in own.casefold() and name not in there.lower]
    missing += [
        name
        for name in _PROPER.findall(own)
        if name.isalpha() and name.upper() != name and not _named(name, there, language)
    ]
    places = {place for place in _PLACES if re.search(rf"(?<!\w)[وبفل]?{place}(?!\w)", own.casefold())}
    missing += sorted(place for place in places if not re.search(rf"(?<!\w)\w?{place}", there.lower))
    return [*missing, *(place for place in _HAN_PLACES if place in own and place not in there.text)]


def _written_out(text: str) -> str:
    """The text with plain digits and the usual short names of countries in full."""
    return SHORT.sub(lambda match: SAME[match[0]][0], plain(text))


def _misplaced(own: str, known: frozenset[tuple[str, str, str]], language: str) -> list[str]:
    """Small numbers that stand in the section, but with other words beside them, or with another unit of time."""
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
            before = stem(fold(tokens[index - 1]), language) if index else ""
            after = stem(fold(tokens[index + 1]), language) if index + 1 < len(tokens) else ""
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


def _named(name: str, there: _Known, language: str) -> bool:
    """True when the section has the word, in whatever form, or its language's name for a country."""
    return fold(name) in there.folded or stem(fold(name), language) in there.stems


def _digits(run: str) -> str:
    return re.sub(r"\D", "", run)


def _stands(name: str, there: _Known) -> bool:
    return re.search(rf"(?<![A-Za-z]){name}(?![a-z])", there.text) is not None or any(
        same in there.lower for same in SAME.get(name, ())
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
    values = _values(language)
    found = [fold(word) for word in WORD.findall(text)]
    if language == "ar":
        found = [word if word in values else re.sub(r"^[وبفل]", "", word) for word in found]
    return [values[word] for word in found if word in values]


@lru_cache(maxsize=8)
def _values(language: str) -> dict[str, int]:
    values = {fold(word): value for word, value in _TENS.get(language, {}).items()}
    return values | {fold(word): value for value, word in enumerate(_ONES.get(language, "").split()) if value > 1}


def _han_value(run: str) -> int:
    total, digit = 0, 0
    for character in run:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _HAN_VALUE[character]
    return total + digit
