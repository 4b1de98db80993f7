"""The table of benchmarks."""

from __future__ import annotations

from evals.benchmarks.formats import BENCHMARKS, OWN


def test_every_benchmark_says_where_it_is_and_under_which_licence():
    assert OWN not in BENCHMARKS
    for benchmark in BENCHMARKS.values():
        assert benchmark.licence
        assert "." in benchmark.page.split("/")[0]
        assert benchmark.url is None or benchmark.url.startswith("https://")
        assert benchmark.url is None or not benchmark.url.endswith("/")
