"""The figures of a benchmark, and its requests."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Callable

import pytest
from rich.console import Console

from api.commands.bench_requests import REQUESTS
from api.commands.benchmark import Figures, Spread, _cpu_s
from tests.unit.api.commands.conftest import Said


def words(text: str) -> int:
    han = sum("\u4e00" <= character <= "\u9fff" for character in text)
    return len(text.split()) + han // 2


def test_the_requests_are_varied_and_of_about_twenty_words() -> None:
    assert len(set(REQUESTS)) == len(REQUESTS) == 40
    lengths = [words(text) for text in REQUESTS]
    assert 18 <= sum(lengths) / len(lengths) <= 24


def test_figures_go_to_json_and_to_a_table() -> None:
    spread = Spread(1.0, 2.0)
    figures = Figures(40, 1.5, None, 12.34, spread, spread, {"decide": spread, "total": spread})
    assert figures.as_dict()["stages_ms"]["decide"] == {"p50": 1.0, "p95": 2.0}
    assert figures.as_dict()["cpu_ms_per_turn"] == 12.34
    out = io.StringIO()
    Console(file=out, width=100).print(figures.table())
    assert "whole turn on the wire" in out.getvalue()
    assert "40 turns, ready in 1.5 s, resident memory unknown, processor time a turn 12.3 ms" in out.getvalue()


def test_what_the_system_does_not_say_is_unknown() -> None:
    spread = Spread(1.0, 2.0)
    out = io.StringIO()
    Console(file=out, width=100).print(Figures(1, 1.5, 99.6, None, spread, spread, {}).table())
    assert "resident memory 100 MB, processor time a turn unknown" in out.getvalue()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_processor_time_counts_what_the_process_has_used() -> None:
    before = _cpu_s(os.getpid())
    spent = time.process_time()
    while time.process_time() - spent < 0.1:
        sum(range(1000))
    after = _cpu_s(os.getpid())
    assert before is not None
    assert after is not None
    assert after - before >= 0.08  # counted in ticks of 10 ms
    assert _cpu_s(2**22 + 1) is None


def test_leaks_are_measured_and_printed(handrail: Callable[..., Said]) -> None:
    said = handrail("bench", "leaks", "--answers", "16", "--cuts", "1", "--json")
    assert said.status == 0
    figures = json.loads(said.out)
    assert {name: one["leaked"] for name, one in figures.items()} == {
        "private": 0,
        "no_dosage": 0,
        "no_code": 0,
        "no_steps": 0,
    }
    assert (
        "private: 16 answers in 32 releases: 0 leaked"
        in handrail("bench", "leaks", "--answers", "16", "--cuts", "1").out
    )
