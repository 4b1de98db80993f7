"""``handrail grounding``."""

from __future__ import annotations

import json


def test_the_held_out_half_is_reported(handrail, data_dir):
    figures = json.loads(handrail("grounding", "evaluate", "--json").out)
    assert figures["all"]["right"]["number"] >= 0.99


def test_words_can_be_measured_alone_and_the_time_is_told(handrail):
    said = handrail("grounding", "evaluate", "--words-alone")
    assert "reworded" in said.out
    assert "ms (p50)" in said.out


def test_fitting_reports_without_writing(handrail, data_dir):
    assert "unsupported" in handrail("grounding", "fit", "--no-write").out
