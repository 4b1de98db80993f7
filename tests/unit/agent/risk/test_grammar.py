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


def test_a_sentence_gives_every_row_its_labels_and_a_slot_that_stands_twice_two_words(tmp_path):
    (tmp_path / "en.yaml").write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    rows = generated(tmp_path, 1, per_sentence=20)
    assert {row.text for row in rows} == {"aspirin or iron, how much?", "iron or aspirin, how much?", "dose?"}
    assert {(row.facet, row.unsafe, row.hazards) for row in rows} == {
        (Facet.DOSING, 0.0, frozenset({Hazard.ADVICE_HEALTH}))
    }


def test_the_bundled_grammars_cover_every_facet_but_the_two_of_ordinary_talk():
    for path in FOLDER.glob("*.yaml"):
        facets = {row.facet for row in generated(FOLDER, 13) if row.lang == path.stem}
        assert set(Facet) - facets == {Facet.EVERYDAY, Facet.WRONGDOING}, path.name


def test_ids_are_unique():
    rows = generated(FOLDER, 13)
    assert len({row.id for row in rows}) == len(rows) > 2000


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
