"""From what was found to a document of ours: cut to size, with languages and stances, without what must not come in."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from corpora.connectors.base import Block, Found, Part, Skip
from corpora.connectors.compose import MAX_WORDS, Composed, clean, compose, date_in, id_of
from corpora.readability import word_count
from tests.unit.corpora.connectors.conftest import a_profile

DAY = date(2026, 11, 20)
ENGLISH = "Report the weakness to the owner of the site, and give them the time to mend it before you publish."
SPANISH = "Avisa al dueño del sitio de la debilidad y dale tiempo para corregirla antes de publicarla en ninguna parte."


def found(*parts: Part, **fields: Any) -> Found:
    return Found(**{"path": "a/doors.md", "key": "a/doors", "title": "Doors", "parts": parts, **fields})


def part(*texts: str, heading: str = "Locks", **fields: Any) -> Part:
    return Part(heading, tuple(Block(text) for text in texts), **fields)


def composed(*parts: Part, profile: dict[str, Any] | None = None, **fields: Any) -> Composed:
    result = compose(found(*parts, **fields), a_profile(**(profile or {})), DAY)
    assert isinstance(result, Composed), result
    return result


def test_a_document_waits_for_review_with_all_that_is_known_of_its_source() -> None:
    document = composed(part(ENGLISH), published=date(2025, 1, 2), need="How to lock.", keywords=("locks",)).document
    meta, source = document.meta, document.meta.sources[0]
    assert (meta.id, meta.status, meta.locale, meta.need, meta.keywords) == (
        "example-a-doors",
        "in_review",
        "en",
        "How to lock.",
        ("locks",),
    )
    assert (source.publisher, source.url, source.licence) == ("Example Group", "https://example.org/a/doors", "CC0-1.0")
    assert (source.published_on, source.accessed_on, meta.review_by) == (date(2025, 1, 2), DAY, date(2027, 11, 15))
    assert [sentence.sources for sentence in document.sections[0].sentences] == [("s1",)]
    assert document.path.as_posix() == "security/imported/example/example-a-doors.md"


def test_the_same_page_gives_the_same_revision() -> None:
    first, second = composed(part(ENGLISH)), composed(part(ENGLISH))
    assert (first.data, date_in(first.data)) == (second.data, DAY)
    assert first.document.revision != composed(part(ENGLISH + " Again.")).document.revision


def test_a_half_translated_page_says_the_language_of_each_section() -> None:
    document = composed(
        part(SPANISH, SPANISH, SPANISH), part(ENGLISH, heading="Keys"), part("OK then, so be it", heading="End")
    ).document
    assert document.meta.locale == "es"
    assert [section.locale for section in document.sections] == ["es", "en", "es"]
    assert (
        "## Keys {#keys lang=en}"
        in composed(part(SPANISH, SPANISH, SPANISH), part(ENGLISH, heading="Keys")).data.decode()
    )


def test_a_stray_guess_is_not_believed() -> None:
    names = part(
        "Giovanni Rossi, Maria Bianchi, Luca Ferrari, Paolo Esposito, Chiara Ricci, Francesca Romano", heading="Names"
    )
    document = composed(*(part(ENGLISH, heading=f"Part {n}") for n in range(12)), names).document
    assert {section.locale for section in document.sections} == {"en"}


def test_text_that_attacks_is_kept_and_never_served() -> None:
    profile = {"offensive_headings": ["how to test"]}
    document = composed(
        part("Locks can be picked by people who practise.", heading="Summary"),
        part("Push the pin until it clicks.", heading="How to Test: Pins"),
        part("Write <script> into the field that asks for a name.", heading="Payload"),
        part("Use a better lock.", heading="Remedy"),
        part("Turn it by force.", heading="Force", offensive=True),
        profile=profile,
    ).document
    assert [section.stance for section in document.sections] == [
        "protective",
        "offensive",
        "offensive",
        "protective",
        "offensive",
    ]
    assert document.meta.stance == "protective"


def test_a_page_of_attacks_is_offensive_as_a_whole() -> None:
    whole = composed(part("Push the pin until it clicks."), profile={"offensive_paths": ["a/*"]}).document
    assert (whole.meta.stance, whole.sections[0].stance) == ("offensive", "offensive")


def test_stale_facts_and_text_of_third_parties_stay_out() -> None:
    profile = {"stale": [{"pattern": "eight characters", "why": "asks for too few characters"}]}
    result = composed(
        part("Call 1-800-273-8255 when you think of dying.", heading="Help"),
        part("A password has eight characters or more.", heading="Length"),
        part("This information comes from A.D.A.M. and all rights are theirs.", heading="Owner"),
        part(ENGLISH, heading="Rest"),
        profile=profile,
    )
    assert [section.id for section in result.document.sections] == ["rest"]
    assert [(skip.reason, skip.detail.split(":")[0]) for skip in result.skips] == [
        ("gives the suicide line 1-800-273-8255, which 988 replaced in July 2022", "Help"),
        ("asks for too few characters", "Length"),
        ("text of a third party", "Owner"),
    ]


def test_a_page_of_which_nothing_is_left_is_a_skip() -> None:
    stale = compose(found(part("Call 1-800-273-8255 when you think of dying.")), a_profile(), DAY)
    empty = compose(found(part("Short.")), a_profile(), DAY)
    assert isinstance(stale, Skip)
    assert "988 replaced" in stale.reason
    assert isinstance(empty, Skip)
    assert empty.reason == "has no text of its own"


def test_what_ages_fast_is_reviewed_sooner_and_said() -> None:
    meta = composed(part("Call us at 020 7946 0123 on any day of the week."), published=date(2019, 5, 1)).document.meta
    assert meta.review_by == date(2027, 5, 19)
    assert meta.unverified == (
        "Published on 2019-05-01; look for a newer edition before relying on it.",
        "Phone numbers that were not checked: 020 7946 0123.",
    )
    assert composed(part("Written in 2017-2019 by people who know.")).document.meta.unverified == ()


def test_long_parts_are_cut_at_paragraphs_and_sentences() -> None:
    document = composed(part(*[ENGLISH] * 12), part(" ".join([ENGLISH] * 12), heading="One paragraph")).document
    assert all(word_count(section.text) <= MAX_WORDS for section in document.sections)
    assert [section.id for section in document.sections] == ["locks", "locks-2", "one-paragraph", "one-paragraph-2"]
    assert document.sections[1].heading == "Locks (2)"
    assert sum(section.text.count("Report the weakness") for section in document.sections) == 24


def test_ids_come_from_headings_and_stay() -> None:
    parts = [part(ENGLISH, heading=heading) for heading in ("A b {#given}", "A b", "A b", "如何做")]
    ids = [section.id for section in composed(*parts).document.sections]
    assert ids[:3] == ["given", "a-b", "a-b-2"]
    assert ids[3].startswith("s-")
    assert id_of("docs/A b_c.d", a_profile()) == "example-docs-a-b-c-d"
    assert len(id_of("x" * 300, a_profile())) < 120
    assert id_of("x" * 300, a_profile()) != id_of("x" * 301, a_profile())
    assert id_of("如何", a_profile()) != id_of("什么", a_profile())


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("## no heading", "no heading"),
        ("- no bullet", "no bullet"),
        ("``` no fence", "no fence"),
        ("1. 2) both", "both"),
        ("a [s1] marker [s2, s3]", "a (s1) marker (s2, s3)"),
        ("a [link](https://x.org/y) and ![picture](z.png)", "a link and picture"),
        ("a\x00b\u202ec \n d", "a b c d"),
    ],
)
def test_text_cannot_be_taken_for_markup_of_ours(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_translation_names_the_original() -> None:
    assert composed(part(SPANISH), translation_of="doors").document.meta.translation_of == "example-doors"
