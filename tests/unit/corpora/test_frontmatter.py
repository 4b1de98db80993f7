"""Front matter: closed, typed, and wrong at a line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from corpora.document import parse_document
from corpora.errors import FrontMatterError
from corpora.frontmatter import family_of
from corpora.vocabulary import Vocabulary

PATH = Path("fever.md")
Spoil = Callable[[str, str], str]


def test_a_good_front_matter_is_typed(good: str) -> None:
    meta = parse_document(good, PATH).meta
    assert meta.facets == ("dosing", "emergency")
    assert meta.review_by == date(2027, 4, 1)
    assert meta.sources[1].publisher == "Example Poison Centre"
    assert (meta.numbers, meta.unverified, meta.translation_of) == ((), (), None)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("domain: medical", "domain: cooking", 4, "field `domain`: `cooking` is unknown; expected one of medical"),
        ("[dosing, emergency]", "[dosing, posology]", 5, "field `facets`: `posology` is unknown; expected one of"),
        ("[dosing, emergency]", "[]", 5, "field `facets`"),
        ("[advice_health]", "[danger]", 6, "field `hazards`: `danger` is unknown"),
        ("locale: en", "locale: en-US", 7, "field `locale`: `en-US`"),
        ("urgency: routine", "urgency: soon", 10, "field `urgency`: `soon`"),
        ("status: published", "status: live", 33, "field `status`: `live`"),
        ("title: A child has a fever", "tilte: A child has a fever", 2, "field `title`: is missing; add it"),
        ("locale: en", "locale: en\ncolour: red", 8, "field `colour`: is unknown; remove it or correct its name"),
        ("locale: en", "locale: en\nlocale: es", 8, "field `locale` is given twice; keep one"),
        ("key: s2", "key: s1", 16, "field `sources`: a source key is used twice"),
        ("key: s2", "key: second", 23, "field `sources.1.key`: `second`"),
        ("url: https://example.org/fever", "url: example.org", 20, "field `sources.0.url`: `example.org`"),
        ("review_by: 2027-04-01", "review_by: 2026-11-01", 30, "field `review_by`: `2026-11-01` is not after"),
        ("review_by: 2027-04-01", "review_by: soon", 30, "field `review_by`: `soon`"),
        ("need: A", "need: why: A", 12, "not YAML: mapping values are not allowed"),
        ("facets: [dosing", "facets: [dosing, {", 5, "not YAML"),
        (
            "status: published",
            "numbers: [{number: '112', what: Help, source: s7}]\nstatus: published",
            33,
            "field `numbers`: `s7` names no source; expected one of s1, s2",
        ),
    ],
)
def test_a_wrong_field_is_named_with_its_line(spoil: Spoil, old: str, new: str, line: int, message: str) -> None:
    with pytest.raises(FrontMatterError) as caught:
        parse_document(spoil(old, new), PATH)
    assert str(caught.value).startswith(f"fever.md:{line}: ")
    assert message in str(caught.value)


def test_a_document_without_sources_is_an_error(good: str) -> None:
    start, end = good.index("sources:"), good.index("reviewed_on:")
    with pytest.raises(FrontMatterError, match="field `sources`: is missing"):
        parse_document(good[:start] + good[end:], PATH)
    with pytest.raises(FrontMatterError, match="field `sources`"):
        parse_document(good[:start] + "sources: []\n" + good[end:], PATH)


def test_text_without_front_matter_is_an_error(good: str) -> None:
    with pytest.raises(FrontMatterError, match=r"fever\.md:1: the file starts with `## Hello`; expected front matter"):
        parse_document("## Hello\n", PATH)
    with pytest.raises(FrontMatterError, match="never ends"):
        parse_document(good.replace("\n---\n", "\n"), PATH)
    with pytest.raises(FrontMatterError, match="is no mapping"):
        parse_document("---\n- a\n- b\n---\n## H {#h}\nT.\n", PATH)
    with pytest.raises(FrontMatterError, match="starts with ``"):
        parse_document("", PATH)


def test_a_yaml_tag_cannot_run_code(spoil: Spoil) -> None:
    text = spoil("title: A child has a fever", "title: !!python/object/apply:os.system ['true']")
    with pytest.raises(FrontMatterError, match=r"fever\.md:3: not YAML"):
        parse_document(text, PATH)


def test_another_vocabulary_may_be_used(good: str) -> None:
    vocabulary = Vocabulary(facets_by_domain={"medical": ("dosing",)}, hazards=("advice_health",))
    with pytest.raises(FrontMatterError, match="`emergency` is unknown; expected one of dosing"):
        parse_document(good, PATH, vocabulary)


def test_a_document_and_its_translations_are_one_family() -> None:
    assert family_of("med-fever") == family_of("med-fever-es") == family_of("med-fever-zh") == "med-fever"
    assert family_of("med-fiebre", translation_of="med-fever") == "med-fever"
