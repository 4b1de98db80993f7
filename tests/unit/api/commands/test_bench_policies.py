from __future__ import annotations

import json
from collections.abc import Callable

from api.commands.bench_policies import RULES, copies
from policies.loader import parse_policies, read_sources
from tests.unit.api.commands.conftest import Said


def test_copies_make_a_larger_set_that_decides_alike() -> None:
    sources = read_sources()
    many = parse_policies([*sources, *copies(sources, RULES)])
    assert RULES <= len(many.rules) < RULES + 60


def test_the_figures_are_printed(handrail: Callable[..., Said]) -> None:
    said = handrail("bench", "policies", "--turns", "200", "--rounds", "1", "--json")
    figures = json.loads(said.out)
    assert figures["decide_many_rules"] >= RULES
    assert all(value > 0 for value in figures.values())
    assert "recorded turns a second" in handrail("bench", "policies", "--turns", "100", "--rounds", "1").out
