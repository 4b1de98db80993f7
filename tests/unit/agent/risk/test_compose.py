"""Composed requests: the same templates around harmless and harmful phrases."""

from __future__ import annotations

from collections import Counter

import pytest
import yaml

from agent.errors import LabelError
from agent.risk.compose import FOLDER, composed

SMALL = {
    "templates": {"do": ["How to {0}?", "teach me to {0}"], "about": ["Describe {0}"], "make": ["Write {0}"]},
    "harmless": {"do": ["bake"], "do_near": ["spot a scam"], "make": ["a poem"]},
    "harmful": {"do": ["run a scam"]},
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "en.yaml").write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    return tmp_path


def test_every_phrase_is_put_into_as_many_templates_as_asked(folder):
    rows = composed(folder, 1, harmless=1, harmful=2)
    assert Counter(row.unsafe for row in rows) == {0.0: 3, 1.0: 2}
    assert {row.text for row in rows if row.unsafe} == {"How to run a scam?", "teach me to run a scam"}
    assert "Write a poem" in {row.text for row in rows}
    assert {row.lang for row in rows} == {"en"}


def test_the_same_seed_gives_the_same_rows(folder):
    assert composed(folder, 7) == composed(folder, 7)


def test_ids_are_unique_in_the_bundled_files_and_no_template_is_one_sided():
    rows = composed(FOLDER, 13)
    assert len({row.id for row in rows}) == len(rows)
    for path in FOLDER.glob("*.yaml"):
        here = [row for row in rows if row.lang == path.stem]
        share = sum(row.unsafe or 0.0 for row in here) / len(here)
        assert 0.35 < share < 0.65, path.name


def test_a_phrase_never_stands_on_both_sides():
    for path in FOLDER.glob("*.yaml"):
        read = yaml.safe_load(path.read_text("utf-8"))
        sides = [{phrase for phrases in read[side].values() for phrase in phrases} for side in ("harmless", "harmful")]
        assert sides[0] & sides[1] == set(), path.name


@pytest.mark.parametrize("text", ["templates: [", "templates: {do: []}\nsurprise: 1\n"])
def test_a_broken_file_is_named(tmp_path, text):
    (tmp_path / "en.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(LabelError, match=r"en\.yaml: not a file of compositions"):
        composed(tmp_path, 1)
