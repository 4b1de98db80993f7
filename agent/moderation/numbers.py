"""How numbers are written in four languages: digits of every script, and words."""

from __future__ import annotations

import re
from typing import Final

DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹０１２３４５６７８９", "0123456789" * 3)
"""Arabic-Indic, Persian and full-width digits to ASCII."""
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")

_EN_ONES: Final = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_EN_MORE: Final = (
    "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|half|quarter|third|couple|dozen"
)
_ES_ONES: Final = "uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieci\\w{4,6}|veinte|veinti\\w{3,6}"
_ES_MORE: Final = "treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien|ciento|\\w{3,6}cient[oa]s|quinient[oa]s|mil|medi[oa]|cuarto|tercio|par"
_AR_ONES: Final = "واحد[ةه]?|[اإ]ثن(?:ان|ين|تان|تين)|ثلاث[ةه]?|[أا]ربع[ةه]?|خمس[ةه]?|ست[ةه]?|سبع[ةه]?|ثمان[يةه]{0,2}|تسع[ةه]?|عشر[ةه]?|نصف|ربع|ثلث"
_AR_MORE: Final = (
    "عشر(?:ون|ين)|ثلاث(?:ون|ين)|[أا]ربع(?:ون|ين)|خمس(?:ون|ين)|ست(?:ون|ين)|سبع(?:ون|ين)|ثمان(?:ون|ين)|تسع(?:ون|ين)|"
    "(?:ثلاث|[أا]ربع|خمس|ست|سبع|ثمان[ي]?|تسع)?\\s?م[ئا]{1,2}[ةه]|مئت(?:ان|ين)|مائت(?:ان|ين)|[أا]لف(?:ان|ين)?"
)

LATIN_WORDS: Final = rf"(?:{_EN_ONES}|{_EN_MORE}|{_ES_ONES}|{_ES_MORE})"
ARABIC_WORDS: Final = rf"(?:{_AR_MORE}|{_AR_ONES})"
HAN_WORDS: Final = "[零〇一二两兩三四五六七八九十百千半几数]+"

JOIN: Final = r"[\s*_`~\-\u2010-\u2015]{0,4}"
"""What may stand between a number and its unit: spaces, a line break, a hyphen, the marks of Markdown."""


def plain(text: str) -> str:
    """The text as the detectors read it: ASCII digits, no invisible characters. Not of the same length."""
    if text.isascii():
        return text
    return _INVISIBLE.sub("", text).translate(DIGITS)
