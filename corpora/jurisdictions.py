"""Which rules hold where: a member state also lives under the law and the numbers of the European Union."""

from __future__ import annotations

import re
from typing import Final

ANY: Final = "any"
"""Marks guidance that holds everywhere."""

_EU: Final = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU_MEMBERS: Final = frozenset(_EU.split())


def jurisdiction_chain(jurisdiction: str | None) -> tuple[str, ...]:
    """From the most specific to the widest: ``ES`` gives ``("ES", "EU", "any")``; ``None`` gives ``("any",)``."""
    if not jurisdiction:
        return (ANY,)
    code = jurisdiction.upper()
    return (code, "EU", ANY) if code in EU_MEMBERS else (code, ANY)


_NAMES: Final = {
    "AE": r"UAE|(?:United Arab )?Emirates|Emiratos(?: Árabes(?: Unidos)?)?|阿联酋|الإمارات",
    "AU": r"Australia|澳大利亚|أستراليا",
    "CA": r"Canada|Canadá|加拿大|كندا",
    "CN": r"(?:mainland )?China|中国(?:大陆)?|الصين",
    "DE": r"Germany|Alemania|德国|ألمانيا",
    "EG": r"Egypt|Egipto|埃及|مصر",
    "ES": r"Spain|España|西班牙|إسبانيا",
    "EU": r"European Union|(?-i:EU)|Unión Europea|(?-i:UE)|欧盟|الاتحاد الأوروبي",
    "FR": r"France|Francia|法国|فرنسا",
    "GB": r"(?-i:UK)|United Kingdom|England|Scotland|Wales|Northern Ireland|Reino Unido|Inglaterra|英国|بريطانيا|المملكة المتحدة",
    "HK": r"Hong Kong|香港|هونغ كونغ",
    "IE": r"(?<!Northern )Ireland|Irlanda(?! del Norte)|爱尔兰|أيرلندا",
    "IN": r"India|印度|الهند",
    "MX": r"Mexico|México|墨西哥|المكسيك",
    "SA": r"Saudi Arabia|Arabia Saud[ií]|沙特(?:阿拉伯)?|السعودية",
    "SG": r"Singapore|Singapur|新加坡|سنغافورة",
    "TW": r"Taiwan|Taiwán|台湾|تايوان",
    "US": r"United States|(?-i:US|USA|U\.S\.)|Estados Unidos|(?-i:EE\. ?UU\.)|美国|الولايات المتحدة|أمريكا",
}
_PLACES: Final = {
    code: re.compile(rf"(?<![A-Za-zÀ-ÿ])(?:{names})(?![A-Za-zÀ-ÿ])", re.IGNORECASE) for code, names in _NAMES.items()
}


def places_named(text: str) -> frozenset[str]:
    """Codes of the places that the text names, in the four languages of the library."""
    return frozenset(code for code, pattern in _PLACES.items() if pattern.search(text))
