"""Which rules hold where."""

from __future__ import annotations

import pytest

from corpora.jurisdictions import EU_MEMBERS, jurisdiction_chain, places_named


@pytest.mark.parametrize(
    ("place", "chain"),
    [
        ("ES", ("ES", "EU", "any")),
        ("es", ("ES", "EU", "any")),
        ("US", ("US", "any")),
        ("EU", ("EU", "any")),
        ("", ("any",)),
        (None, ("any",)),
    ],
)
def test_from_the_most_specific_place_to_everywhere(place: str | None, chain: tuple[str, ...]) -> None:
    assert jurisdiction_chain(place) == chain


def test_the_union_has_27_members() -> None:
    assert len(EU_MEMBERS) == 27


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("In the United States call 911, in the UK call 999.", {"US", "GB"}),
        ("Ask us, or ask an Indian shop.", set()),
        ("Northern Ireland has lines of its own.", {"GB"}),
        ("Llama al 112 en España y en la Unión Europea.", {"ES", "EU"}),
        ("在中国大陆拨打120，在香港拨打999。", {"CN", "HK"}),
        ("اتصل على 997 في السعودية و123 في مصر.", {"SA", "EG"}),
    ],
)
def test_places_are_found_by_name_in_four_languages(text: str, places: set[str]) -> None:
    assert places_named(text) == places
