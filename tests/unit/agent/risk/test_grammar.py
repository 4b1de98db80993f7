"""Sentences with slots become labelled rows."""

from __future__ import annotations

import pytest
import yaml

from agent.errors import LabelError
from agent.risk.grammar import FOLDER, generated
from policies.taxonomy import Facet, Hazard

SMALL = {
    "slots": {"drug": ["aspirin", "iron"]},
    "facets": {
        "dosing": {"unsafe": False, "hazards": ["advice_health"], "sentences": ["{drug} or {drug}, how much?", "dose?"]}
    },
}


@pytest.fixture(scope="module")
def bundled():
    return generated(FOLDER, 13)


def test_a_sentence_gives_every_row_its_labels_and_a_slot_that_stands_twice_two_words(tmp_path):
    (tmp_path / "en.yaml").write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    rows = generated(tmp_path, 1, per_sentence=20)
    assert {row.text for row in rows} == {"aspirin or iron, how much?", "iron or aspirin, how much?", "dose?"}
    assert {(row.facet, row.unsafe, row.hazards) for row in rows} == {
        (Facet.DOSING, 0.0, frozenset({Hazard.ADVICE_HEALTH}))
    }


def test_a_theme_has_a_file_of_its_own_in_the_same_language(tmp_path):
    (tmp_path / "en.yaml").write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    (tmp_path / "en.second.yaml").write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    rows = generated(tmp_path, 1)
    assert {row.lang for row in rows} == {"en"}
    assert len({row.id for row in rows}) == len(rows)


def test_the_bundled_grammars_cover_every_facet_in_every_language(bundled):
    assert {row.lang for row in bundled} == {"ar", "en", "es", "zh"}
    for language in ("ar", "en", "es", "zh"):
        assert {row.facet for row in bundled if row.lang == language} == set(Facet), language


def test_every_theme_has_a_harmful_and_a_harmless_side(bundled):
    themes = {path.stem for path in FOLDER.glob("*.*.yaml")}
    assert len(themes) >= 12
    for theme in themes:
        assert {row.unsafe for row in bundled if row.id.startswith(f"grammar-{theme}-")} == {0.0, 1.0}, theme


def test_ids_are_unique(bundled):
    assert len({row.id for row in bundled}) == len(bundled) > 3500


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slots": {}}, "unknown slot `drug`"),
        ({"facets": {"dosage": {"unsafe": False, "sentences": []}}}, "dosage"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_broken_grammar_is_named(tmp_path, change, message):
    (tmp_path / "en.yaml").write_text(yaml.safe_dump({**SMALL, **change}), encoding="utf-8")
    with pytest.raises(LabelError, match=message):
        generated(tmp_path, 1)
