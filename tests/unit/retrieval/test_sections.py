"""From documents to sections."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from corpora.library import load_library
from retrieval.sections import dense_text, lexical_text, sections_of

Write = Callable[..., Path]


def test_a_section_carries_what_filters_and_citations_need(write: Write) -> None:
    (document,) = load_library(write("fever", "Call a doctor. Drink water.")).documents
    first, second = sections_of(document)
    assert first.section_id == "med-fever#do-now"
    assert first.revision == document.revision
    assert first.text == "Call a doctor. Drink water.\n\n- A bullet about fever follows here."
    assert first.family == "med-fever"
    assert (first.position, second.position) == (0, 1)
    assert [source.publisher for source in first.sources] == ["Other", "Example"]
    assert [source.publisher for source in second.sources] == ["Example"]


def test_each_sentence_points_at_its_sources_in_the_section(write: Write) -> None:
    (document,) = load_library(write("fever", "Call a doctor. Drink water.")).documents
    section = sections_of(document)[0]
    assert [(sentence.text, sentence.kind, sentence.block, sentence.sources) for sentence in section.sentences] == [
        ("Call a doctor.", "prose", 0, (0,)),
        ("Drink water.", "prose", 0, (0,)),
        ("A bullet about fever follows here.", "bullet", 1, (1, 0)),
    ]


def test_a_translation_shares_the_family_of_its_original(write: Write) -> None:
    write("fever")
    library = load_library(write("fever-es", locale="es"))
    assert {section.family for document in library.documents for section in sections_of(document)} == {"med-fever"}


def test_texts_hold_title_need_keywords_heading_and_text(write: Write) -> None:
    (document,) = load_library(write("fever", keywords="hot child")).documents
    section = sections_of(document)[0]
    for text in (dense_text(section), lexical_text(section)):
        for part in (section.title, section.need, "hot child", section.heading, section.text):
            assert part in text
