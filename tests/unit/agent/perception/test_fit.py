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
    assert set(data) == set(fit.SIZE)
    assert all(len(words.split()) > 4_000 for words in data.values())
