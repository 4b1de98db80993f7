"""``handrail grounding``."""

from __future__ import annotations

import json

from api.commands.grounding import evaluate, fit


def test_the_held_out_half_is_reported(capsys):
    evaluate(as_json=True)
    figures = json.loads(capsys.readouterr().out)
    assert figures["all"]["right"]["number"] >= 0.99


def test_fitting_reports_without_writing(capsys):
    fit(write=False)
    assert "unsupported" in capsys.readouterr().out
