"""Where names are written."""

from __future__ import annotations

import pytest

from policies.places import Places
from policies.reader import Source

SOURCES = (
    Source("broken.yaml", "rules: ["),
    Source("list.yaml", "- a\n"),
    Source("vocabulary.yaml", "title: a text\nthresholds:\n  low: 0.1\n  high: 0.7\n"),
    Source("rationales/a.yaml", "disclaimers:\n  note: {en: a note}\n"),
)


def test_a_name_is_found_in_its_section_and_file() -> None:
    places = Places(SOURCES)
    assert places.of("thresholds", "high") == ("vocabulary.yaml", 4)
    assert places.of("disclaimers", "note") == ("rationales/a.yaml", 2)


def test_a_name_that_stands_nowhere_has_no_place() -> None:
    with pytest.raises(KeyError):
        Places(SOURCES).of("signals", "high")
