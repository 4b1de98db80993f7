"""Which rules hold where: a member state also lives under the law and the numbers of the European Union."""

from __future__ import annotations

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
