"""The figures of the stream benchmark."""

from __future__ import annotations

import io

from rich.console import Console

from api.commands.benchmark import Spread
from api.commands.stream_benchmark import StreamFigures, _complete


def test_figures_go_to_json_and_to_a_table():
    figures = StreamFigures(3, *[Spread(1.0, 2.5)] * 6)
    assert figures.as_dict()["one_check"] == {"p50": 1.0, "p95": 2.5}
    out = io.StringIO()
    Console(file=out, width=100).print(figures.table())
    assert "added to first sentence" in out.getvalue()


def test_a_sentence_counts_when_it_is_complete():
    assert _complete("One. Two. Thr") == ["One.", "Two."]
