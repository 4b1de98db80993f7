"""Word-by-word English glosses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ArtifactError
from agent.risk.glossary import load_glossary

ENTRIES = {
    "es": "# a comment\n\nbomba\tbomb\nfabric*\tmake\nniño\tchild\n",
    "zh": "炸弹\tbomb\n炸\texplode\n怎么\thow\n",
    "ar": "قنبلة\tbomb\nصنع\tmake\n",
}


@pytest.fixture(scope="module")
def glossary(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gloss")
    for language, text in ENTRIES.items():
        (folder / f"{language}.tsv").write_text(text, encoding="utf-8")
    return load_glossary(folder)


@pytest.mark.parametrize(
    ("language", "text", "gloss"),
    [
        ("es", "¿Fabricar BOMBAS?", "¿ make bomb ?"),
        ("es", "Un Niño", "un child"),
        ("zh", "怎么做炸弹", "how 做 bomb"),
        ("ar", "صنع القنبلة", "make bomb"),
        ("en", "Make a Bomb", "Make a Bomb"),
        ("de", "Bombe", "Bombe"),
    ],
)
def test_known_words_become_english_and_the_others_stay(glossary, language, text, gloss):
    assert glossary.gloss(text, language) == gloss


@given(st.sampled_from(["es", "zh", "ar", "en", "und"]), st.text(max_size=60))
def test_any_text_has_a_gloss(glossary, language, text):
    assert isinstance(glossary.gloss(text, language), str)


def test_a_line_without_a_tab_is_named(tmp_path):
    (tmp_path / "es.tsv").write_text("bomba\tbomb\nniño child\n", encoding="utf-8")
    with pytest.raises(ArtifactError, match=r"es\.tsv:2: expected `word<TAB>gloss`, found `niño child`"):
        load_glossary(tmp_path)


def test_without_files_nothing_is_glossed(tmp_path):
    assert load_glossary(tmp_path).gloss("bomba", "es") == "bomba"
