"""The figures of a benchmark, and its requests."""

from __future__ import annotations

import io

from rich.console import Console

from api.commands.bench_requests import REQUESTS
from api.commands.benchmark import Figures, Spread


def words(text: str) -> int:
    han = sum("\u4e00" <= character <= "\u9fff" for character in text)
    return len(text.split()) + han // 2


def test_the_requests_are_varied_and_of_about_twenty_words() -> None:
    assert len(set(REQUESTS)) == len(REQUESTS) == 40
    lengths = [words(text) for text in REQUESTS]
    assert 18 <= sum(lengths) / len(lengths) <= 24


def test_figures_go_to_json_and_to_a_table() -> None:
    spread = Spread(1.0, 2.0)
    figures = Figures(40, 1.5, None, spread, spread, {"decide": spread, "total": spread})
    assert figures.as_dict()["stages_ms"]["decide"] == {"p50": 1.0, "p95": 2.0}
    out = io.StringIO()
    Console(file=out, width=80).print(figures.table())
    assert "whole turn on the wire" in out.getvalue()
    assert "40 turns, ready in 1.5 s, resident memory unknown" in out.getvalue()
