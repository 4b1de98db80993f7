"""English words for queries in other languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.errors import GlossaryError
from retrieval.glossary import Glossary, GlossaryEntry, load_glossary
from retrieval.sparse import EMPTY, query_vector

ENTRY = GlossaryEntry(en="keylogger", es=("registrador de teclas",), zh=("键盘记录器",), ar=("لوحة المفاتيح",))
BOOK = GlossaryEntry(en="book novel", es=("libro",), zh=("小说",), ar=("كتاب",))


@pytest.fixture(scope="module")
def glossary() -> Glossary:
    return Glossary([ENTRY, BOOK])


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("quiero un registrador de todas las teclas", "es"),
        ("写一个发现不了的键盘记录器", "zh"),
        ("برنامج يسجل ضغطات لوحة المفاتيح", "ar"),
    ],
)
def test_a_known_term_brings_its_english_words(glossary: Glossary, query: str, language: str) -> None:
    assert glossary.english(query, language) == query_vector("keylogger", "en")


@pytest.mark.parametrize(
    ("query", "language"),
    [("las teclas del piano", "es"), ("键盘", "zh"), ("keylogger", "en"), ("مرحبا", "ar"), ("enregistreur", "fr")],
)
def test_an_unknown_term_brings_nothing(glossary: Glossary, query: str, language: str) -> None:
    assert glossary.english(query, language) == EMPTY


def test_the_words_of_an_entry_weigh_as_one(glossary: Glossary) -> None:
    words = glossary.english("un libro", "es")
    assert len(words.indices) == 2
    assert sum(value**2 for value in words.values) == pytest.approx(1.0)


def test_the_bundled_glossary_has_every_language() -> None:
    bundled = load_glossary()
    for query, language in (("布洛芬多少毫升", "zh"), ("dosis de ibuprofeno", "es"), ("جرعة الايبوبروفين", "ar")):
        found = set(bundled.english(query, language).indices)
        assert set(query_vector("ibuprofen dose", "en").indices) <= found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {en: a, es: [b], zh: [c]}", "entry `0.ar`: field required"),
        ("- {en: a, es: b, zh: [c], ar: [d]}", "entry `0.es`"),
        ("- {en: a, es: [b], zh: [c], ar: [d], fr: [e]}", "entry `0.fr`"),
        ("- {en: a", "cannot be read"),
        ("hello", "glossary.yaml: entry ``"),
    ],
)
def test_a_wrong_glossary_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "glossary.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GlossaryError) as caught:
        load_glossary(path)
    assert message in str(caught.value)


def test_a_missing_glossary_is_named(tmp_path: Path) -> None:
    with pytest.raises(GlossaryError, match=r"none\.yaml: cannot be read"):
        load_glossary(tmp_path / "none.yaml")
