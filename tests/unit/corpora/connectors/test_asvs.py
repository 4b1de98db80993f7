"""Requirements of a verification standard."""

from __future__ import annotations

import json
from typing import Any

from corpora.connectors.asvs import ASVS
from tests.unit.corpora.connectors.conftest import Gather


def standard(chapter: str, section: str, *requirements: tuple[str, str], **top: Any) -> str:
    items = [{"Shortcode": code, "Description": text} for code, text in requirements]
    sections = [{"Shortcode": section, "Name": "Tokens", "Items": items}]
    return json.dumps({**top, "Requirements": [{"Shortcode": chapter, "Name": "Sessions", "Items": sections}]})


def test_a_section_of_the_standard_is_a_document(gather: Gather) -> None:
    text = standard("V3", "V3.4", ("V3.4.1", "Verify that tokens end."), ("V3.4.2", "Verify **all**."), Version="5.0.0")
    (found,), skips = gather(ASVS, {"5.0/docs_en/x_en.json": text})
    assert (found.key, found.title, skips) == ("5.0.0-V3.4", "ASVS 5.0.0 V3.4 Tokens (Sessions)", [])
    assert [(part.heading, part.blocks[0].text) for part in found.parts] == [
        ("V3.4.1 {#3-4-1}", "Verify that tokens end."),
        ("V3.4.2 {#3-4-2}", "Verify all."),
    ]


def test_ids_that_an_arabic_edition_turned_around_are_turned_back(gather: Gather) -> None:
    text = standard("ت3", "ق4.3", ("ق1.4.3", "تحقق من الرموز."), ("ق5.4.3", "تحقق من الجلسة."))
    (found,), skips = gather(ASVS, {"4.0/docs_ar/Standard 4.0.3-ar.json": text})
    assert ([part.heading for part in found.parts], skips) == (["V3.4.1 {#3-4-1}", "V3.4.5 {#3-4-5}"], [])
    assert (found.key, found.translation_of) == ("4.0.3-V3.4-ar", "4.0.3-V3.4")


def test_what_does_not_belong_or_was_dropped_is_named(gather: Gather) -> None:
    text = standard(
        "V3", "V3.4", ("V9.9.9", "Verify."), ("V3.4.1", "[DELETED, MERGED TO 3.2.1]"), ("V3.4.2", "Verify it.")
    )
    (found,), skips = gather(ASVS, {"a_en.json": text, "a_en.flat.json": "{}", "map.json": "{}"})
    assert [part.heading for part in found.parts] == ["V3.4.2 {#3-4-2}"]
    assert [(skip.path, skip.reason, skip.detail, skip.fault) for skip in skips] == [
        ("a_en.flat.json", "repeats the nested file of the same edition", "", False),
        ("a_en.json", "an id that does not belong to its section", "`V9.9.9` in V3.4", True),
        ("a_en.json", "a requirement that this edition has dropped", "V3.4.1", False),
        ("map.json", "is no standard with requirements", "", False),
    ]
