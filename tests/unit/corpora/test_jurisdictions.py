"""Which rules hold where."""

from __future__ import annotations

import pytest

from corpora.jurisdictions import EU_MEMBERS, jurisdiction_chain


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
