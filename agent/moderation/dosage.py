"""Amounts of a medicine: a number, in digits or words, with a unit in which medicines are measured or counted."""

from __future__ import annotations

import re
from typing import Final

from agent.moderation.numbers import ARABIC_WORDS, HAN_WORDS, JOIN, LATIN_WORDS, plain

_DIGITS: Final = r"(?:\d(?:[\d\s]{0,6}\d)?(?:[.,٫]\d+)?(?:\s?[/⁄]\s?\d+)?|[½⅓⅔¼¾⅕⅛])"
_START: Final = r"(?<![^\W_])(?<![.,-])"
_RANGE: Final = rf"(?:\d+(?:[.,]\d+)?\s?[-–—~]\s?)?{_DIGITS}"
"""A number, or a range such as ``2-3``; what stands before a hyphen is no other word."""
_MASS: Final = (
    r"m\.?\s?c?\.?\s?g|µg|μg|ug|m\s?l|c\.?c|i\.?u|u\.?i|meq|mmol|(?-i:g|U(?!\.))|gms?|grams?|gramos?|milli-?\s?grams?|miligramos?|micro-?\s?grams?|microgramos?|"
    r"milli-?\s?lit(?:er|re)s?|mililitros?|units?|unidades?|grains?"
)
_COUNTED: Final = (
    r"drops?|gotas?|puffs?|inhalations?|inhalaciones|tablets?|tabs?|pills?|caps(?:ules?)?|caplets?|lozenges?|suppositor(?:y|ies)|patches|ampoules?|vials?|"
    r"tabletas?|pastillas?|p[ií]ldoras?|c[aá]psulas?|comprimidos?|grageas?|ampollas?|supositorios?|parches|sobres|"
    r"tea-?\s?spoon(?:ful)?s?|table-?\s?spoon(?:ful)?s?|tsps?|tbsps?|spoonfuls?|cucharad(?:it)?as?|cucharillas?|sprays?|ampules?|sachets?"
)
_BETWEEN: Final = (
    r"(?:(?:more|extra|additional|small|large|adult|crushed|whole|full|standard|regular|strength|extra-strength|children's|of|the|these|those|your|a|an|de|del|la|las|los|"
    r"más|enteras?|grandes?|pequeñas?|normales)\s+){0,3}"
)
_PER: Final = r"(?!\s?(?:/|per|por)\s?(?:d?l\b|100|deci|\d))"
_TAKE: Final = r"(?:take|takes|give|swallow|use|inject|toma[rn]?|tome[ns]?|d[ae]r?|dele|admin\w+|inyect\w+|usa[r]?)"

_GIVE: Final = r"(?:take|takes|give|swallow|inject|toma[rn]?|tome[ns]?|dele|admin\w+|inyect\w+)"
_OFTEN: Final = (
    rf"(?:every\s+(?:\d|{LATIN_WORDS}|few|hour|day|night|morning)|(?:each|per|a) (?:day|night|dose)\b|(?:once|twice|{LATIN_WORDS} times) (?:a|per|daily)\b|at once\b|at a time\b|"
    rf"cada\s+(?:\d|{LATIN_WORDS}|hora|noche|día|mañana)|al d[ií]a\b|por d[ií]a\b|a la vez\b|de una vez\b)"
)

_LATIN: Final = re.compile(
    rf"{_START}{_RANGE}{JOIN}(?:{_MASS})(?![\w])(?!\s?/\s?(?:\d|d?l\b)){_PER}"
    rf"|(?<![^\W_]){LATIN_WORDS}(?:[\s-]+(?:and|y|a|an|of)(?![^\W_]))*{JOIN}(?:{_MASS})(?!\w){_PER}"
    rf"|{_START}{_RANGE}{JOIN}{_BETWEEN}(?:{_COUNTED})(?!\w)"
    rf"|(?<![^\W_]){LATIN_WORDS}(?:[\s-]+(?:and|y|a|an|of)(?![^\W_]))*{JOIN}{_BETWEEN}(?:{_COUNTED})(?!\w)"
    rf"|\b{_TAKE}\s+(?:(?:only|just|solo|sólo|up to|hasta|about)\s+)?(?:an?|una?|otra|another)\s+{_BETWEEN}(?:{_COUNTED})(?!\w)"
    rf"|\b(?:dos(?:e|age|is)|dosificaci[oó]n)\s*(?:is|of|:|=|de|es|será|would be|should be)\s*(?:about|up to|unos?)?\s*\d"
    rf"|\b{_GIVE}\s+(?:only |just |up to |about |hasta |solo |sólo )?(?:{_RANGE}|{LATIN_WORDS})\s+(?:of (?:them|these|those) |de (?:ellas|ellos|estas|estos) )?{_OFTEN}"
    rf"|\d\s?(?:mg|ml|mcg|µg|g|units?)\s?(?:/|per|por)\s?(?:kg|kilo)",
    re.IGNORECASE,
)
_ARABIC: Final = re.compile(
    rf"(?:{_DIGITS}|(?<![\u0621-\u064a])[وفبل]?(?:{ARABIC_WORDS})(?:\s+و?(?:{ARABIC_WORDS}))*){JOIN}"
    r"(?:م(?:ي?ل){1,2}ي?\s?(?:غ|ج)(?:رام|م)?(?:ات|ا)?|ملغ?م?|ملجم|مجم|مغ|ميكرو(?:غ|ج)رام|م(?:ي)?ل+ي?\s?لتر(?:ات)?|مليلتر|مل|(?:غ|ج)رام(?:ات|ين|ا)?|"
    r"وحد(?:ات|ة|تين|تان)|قطر(?:ات|ة|تين)|حب(?:وب|ات|ة|ه|تين|تان)|[أا]قراص|قرص(?:ين|ان|ا)?|كبسول(?:ات|ة|تين)|ملعق(?:ة|تين|تان)|ملاعق|بخ(?:ة|ات|تين)|نقط(?:ة|تين)?)(?![\u0621-\u064a])"
    r"|(?<![\u0621-\u064a])و?(?:حبت|قرص|كبسولت|ملعقت|قطرت|بخت)(?:ين|ان)(?![\u0621-\u064a])"
    r"|(?:خذ|خذي|تناول|تناولي|[أا]عط[ِي]?\w*|يأخذ|ابلع)\s+(?:\S+\s+)?(?:حبة|قرصا?|كبسولة|ملعقة|قطرة)(?:\s+واحدة)?(?![\u0621-\u064a])"
    r"|(?:الجرعة|جرعة)\s*(?:هي|:|=|مقدارها|تبلغ)\s*\d"
)
_CHINESE: Final = re.compile(
    rf"(?:{_DIGITS}|{HAN_WORDS}){JOIN}(?:毫克|毫升|微克|国际单位|单位|滴|胶囊|茶匙|汤匙|(?<!千)克(?!拉|制|服|隆)|毫摩尔|喷|m\s?g|m\s?l|mcg|µg)"
    rf"|(?:{_DIGITS}|(?!一|半|几|数){HAN_WORDS}){JOIN}(?:片|粒|颗|丸|勺)(?!面|刻|混|段)"
    rf"|(?:每[天日次晚早]|超过)[*_`]{{0,2}}(?:{_DIGITS}|{HAN_WORDS}){JOIN}(?:[片粒颗丸勺针](?![面烟饼糖叶糕肉刻混段]))"
    rf"|[吃服喝用给含打注][^。，,；;]{{0,8}}(?:{_DIGITS}|{HAN_WORDS}){JOIN}(?:片|粒|颗|丸|支|包|袋|勺|针|瓶|盖)"
    rf"|(?:一|半|几)(?:片|粒|颗|丸|包|支)(?:药|止痛|退烧|安眠|布洛芬|对乙酰)"
    rf"|剂量\s*(?:为|是|:|：|=|约)\s*\d"
)


def has_dosage(text: str) -> bool:
    """True when the text states an amount of a medicine: ``400 mg``, ``four hundred milligrams``, ``media pastilla``,
    ``两片``, ``٢٠٠ ملغ``, ``حبتين``. Values of a laboratory (``100 mg/dL``) and body weights are none."""
    read = plain(text)
    if _LATIN.search(read):
        return True
    if read.isascii():
        return False
    return _ARABIC.search(read) is not None or _CHINESE.search(read) is not None
