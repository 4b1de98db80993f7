"""Counting words into a lexicon."""

from __future__ import annotations

import json

import pytest

from agent.perception import fit
from agent.perception.lexicon import FILE


@pytest.fixture
def texts(tmp_path):
    rows = [{"text": f"bread {word} bread", "lang": "en"} for word in ("oven",) * 5 + ("rare",)]
    rows += [{"text": "面包好吃", "lang": "zh"}] * 3 + [{"text": "ciao", "lang": "it"}]
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    folder = tmp_path / "es"
    folder.mkdir()
    page = folder / "page.md"
    page.write_text(
        "---\ntitle: cabecera\n---\n\nhorno de pan\n\nhorno f&aacute;cil\n\nhorno https://example.org/x",
        encoding="utf-8",
    )
    return [path, page]


def test_words_of_several_texts_are_kept(texts) -> None:
    counts = fit.count(text for path in texts for text in fit.texts_of(path))
    assert fit.ranked("en", counts) == ["bread", "oven"]
    assert set(fit.ranked("zh", counts)) == {"面包", "包好", "好吃"}
    assert fit.ranked("es", counts) == ["horno"]
    assert "cabecera" not in counts["es"]
    assert "facil" in counts["es"]


def test_the_file_is_written(texts, tmp_path, monkeypatch, capsys) -> None:
    output = tmp_path / "lexicon.json"
    monkeypatch.setattr("sys.argv", ["fit", *map(str, texts), "--output", str(output)])
    fit.main()
    assert json.loads(output.read_text(encoding="utf-8"))["en"] == "bread oven"
    assert "'en': 2" in capsys.readouterr().out


def test_the_shipped_lexicon_has_the_languages() -> None:
    data = json.loads(FILE.read_text(encoding="utf-8"))
    assert set(data) == {*fit.SIZE, "pairs"}
    assert all(len(data[lang].split()) > 4_000 for lang in fit.SIZE)
    assert "how to" in data["pairs"].split("|")


def test_lists_add_words_after_the_counted_unless_they_are_at_home_in_the_other_latin_language(tmp_path) -> None:
    gloss = tmp_path / "es.tsv"
    gloss.write_text("# comment\nhorno de leña\toven\ntea\ttorch\nbread\tbread\n", encoding="utf-8")
    pieces = tmp_path / "tokenizer.json"
    pieces.write_text(json.dumps({"model": {"vocab": {"toast": 1, "##ing": 2, "oven": 0, "ab": 3}}}), encoding="utf-8")
    lists = [fit.listed(gloss), fit.listed(pieces)]
    assert fit.extended({"en": ["bread"], "es": ["pan"]}, lists) == {
        "en": ["bread", "oven", "toast"],
        "es": ["pan", "horno", "lena"],
    }


def test_pairs_that_stand_in_one_order_only_are_kept() -> None:
    texts = [fit.Text("en", "how to bake")] * 9 + [fit.Text("en", "bread bake bread bake bread")] * 9
    assert fit.ordered_pairs(texts, {"en": ["how", "to", "bake", "bread"], "zh": []}) == ["how to", "to bake"]
