"""Documents: sections, sentences, sources, and every way a body can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from corpora.document import MAX_BYTES, parse_document, read_document
from corpora.errors import EncodingError, SectionError

PATH = Path("medical/en/fever.md")
Spoil = Callable[[str, str], str]


def test_sections_keep_their_stable_ids(good: str) -> None:
    document = parse_document(good, PATH)
    assert [(section.id, section.heading) for section in document.sections] == [
        ("do-now", "What to do now"),
        ("get-help", "Where to get help"),
    ]


def test_text_has_no_markers_and_keeps_paragraphs_and_bullets(good: str) -> None:
    section = parse_document(good, PATH).sections[0]
    assert section.text == (
        "A pharmacist can tell the right dose for a child. A child's weight decides the dose.\n\n"
        "- Ask the pharmacist before giving two medicines.\n- Call the doctor when a baby has a fever."
    )


def test_a_marker_covers_the_sentences_since_the_marker_before(good: str) -> None:
    section = parse_document(good, PATH).sections[0]
    assert [(sentence.block, sentence.kind, sentence.sources) for sentence in section.sentences] == [
        (0, "prose", ("s1",)),
        (0, "prose", ("s1",)),
        (1, "bullet", ("s1", "s2")),
        (2, "bullet", ("s2",)),
    ]
    assert section.source_keys == ("s1", "s2")


def test_a_full_stop_after_the_marker_belongs_to_the_sentence(good: str) -> None:
    (sentence,) = parse_document(good, PATH).sections[1].sentences
    assert (sentence.text, sentence.sources) == ("A poison centre answers calls at any hour.", ("s2",))


def test_markers_in_the_middle_divide_a_paragraph(spoil: Spoil) -> None:
    text = spoil(
        "A poison centre answers calls at any hour [s2].", "One is so. [s1] Two is so [s2]. [s1] Three has none."
    )
    found = [(s.text, s.sources) for s in parse_document(text, PATH).sections[1].sentences]
    assert found == [("One is so.", ("s1",)), ("Two is so.", ("s2", "s1")), ("Three has none.", ())]


def test_chinese_sentences_are_joined_without_a_space(spoil: Spoil) -> None:
    text = spoil("A poison centre answers calls at any hour [s2].", "请马上拨打急救电话。不要催吐。[s1，s2]")
    section = parse_document(text, PATH).sections[1]
    assert section.text == "请马上拨打急救电话。不要催吐。"
    assert [sentence.sources for sentence in section.sentences] == [("s1", "s2")] * 2


def test_a_paragraph_may_run_over_several_lines(spoil: Spoil) -> None:
    text = spoil("A poison centre answers calls at any hour [s2].", "A poison centre\nanswers\ncalls at any hour. [s2]")
    assert parse_document(text, PATH).sections[1].text == "A poison centre answers calls at any hour."


def test_a_heading_inside_a_code_fence_is_no_heading(spoil: Spoil) -> None:
    text = spoil(
        "A poison centre answers calls at any hour [s2].",
        "Before.\n\n```\n## no heading {#x}\n\ncode\n```\n\nAfter. [s1]",
    )
    document = parse_document(text, PATH)
    assert len(document.sections) == 2
    assert [sentence.kind for sentence in document.sections[1].sentences] == ["prose", "code", "prose"]


def test_a_section_has_language_and_stance_of_the_document_unless_it_says_otherwise(spoil: Spoil) -> None:
    plain, marked = parse_document(spoil("{#get-help}", "{#get-help lang=es stance=offensive}"), PATH).sections
    assert (plain.id, plain.locale, plain.stance) == ("do-now", "en", "protective")
    assert (marked.id, marked.heading, marked.locale, marked.stance) == (
        "get-help",
        "Where to get help",
        "es",
        "offensive",
    )


def test_all_of_an_offensive_document_is(good: str) -> None:
    text = good.replace("stance: protective", "stance: offensive").replace("{#get-help}", "{#get-help stance=neutral}")
    assert {section.stance for section in parse_document(text, PATH).sections} == {"offensive"}


@pytest.mark.parametrize("attribute", ["lang=Spanish", "stance=hostile", "colour=red", "lang=es lang=es", "lang="])
def test_a_heading_says_nothing_else(spoil: Spoil, attribute: str) -> None:
    with pytest.raises(SectionError, match=r"after section id `get-help`: expected `lang=`"):
        parse_document(spoil("{#get-help}", f"{{#get-help {attribute}}}"), PATH)


def test_the_revision_changes_with_the_text_and_not_with_line_ends(good: str) -> None:
    first = parse_document(good, PATH)
    assert first.revision == first.content_hash[:12]
    assert parse_document(good.replace("\n", "\r\n") + "\n", Path("x.md")).content_hash == first.content_hash
    assert parse_document(good.replace("pharmacist", "chemist"), PATH).content_hash != first.content_hash


def test_sources_of_a_section_without_markers_are_the_first_of_the_document(spoil: Spoil) -> None:
    document = parse_document(spoil(" [s2].\n", ".\n"), PATH)
    assert [source.key for source in document.sources_of(document.sections[0])] == ["s1", "s2"]
    assert [source.key for source in document.sources_of(document.sections[1])] == ["s1"]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (" {#do-now}", "", 36, "section `What to do now` has no id; expected `## What to do now {#kebab-id}`"),
        ("{#do-now}", "{#Do Now}", 36, "section id `Do Now` is not kebab-case"),
        ("{#get-help}", "{#do-now}", 42, "section id `do-now` is used twice"),
        ("[s1, s2]", "[s1, s9]", 39, "source marker `s9` names no source; expected one of s1, s2"),
        ("## What to do now", "Hello\n\n## What to do now", 36, "text `Hello` before the first section"),
        ("A poison centre answers calls at any hour [s2].", "", 42, "section `get-help` is empty"),
    ],
)
def test_a_wrong_body_is_named_with_its_line(spoil: Spoil, old: str, new: str, line: int, message: str) -> None:
    with pytest.raises(SectionError) as caught:
        parse_document(spoil(old, new), PATH)
    assert str(caught.value).startswith(f"{PATH}:{line}: ")
    assert message in str(caught.value)


def test_a_body_without_sections_is_an_error(good: str) -> None:
    with pytest.raises(SectionError, match="expected at least one section"):
        parse_document(good[: good.index("## What")], PATH)


def test_a_file_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path, good: str) -> None:
    path = tmp_path / "bad.md"
    path.write_bytes(good.replace("A child has", "Un ni\xf1o tiene").encode("latin-1"))
    with pytest.raises(EncodingError, match=r"bad\.md:3: byte `0xf1` is not UTF-8; save the file as UTF-8"):
        read_document(path)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path, good: str) -> None:
    path = tmp_path / "bom.md"
    path.write_bytes(b"\xef\xbb\xbf" + good.encode())
    assert read_document(path).id == "med-fixture-fever"


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.md"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(EncodingError, match=f"`50000000` bytes; expected at most {MAX_BYTES}"):
        read_document(path)


def test_a_missing_file_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(EncodingError, match="cannot be read"):
        read_document(tmp_path / "none.md")
