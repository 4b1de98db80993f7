"""How far an exemplar carries, on a handful of requests."""

from __future__ import annotations

import pytest

from agent.risk.labels import Example
from agent.risk.reach import RADII, measure, resembling, reworded
from policies.taxonomy import Facet
from retrieval.embedding.hashing import HashingEmbedder

EMBEDDER = HashingEmbedder(64)


def example(id_, text, unsafe, lang="en"):
    return Example(id_, text, (), lang, "own", id_, float(unsafe), Facet.EVERYDAY, frozenset(), 0.0, 1.0)


TWINS = [
    example("a", "please tell me how I can kill a running process", False),
    example("b", "please tell me how I can kill a running processes", True),
    example("c", "best pasta recipe for two", False),
]


def quiet(done, total):
    pass


def test_only_what_resembles_is_paired_in_both_directions():
    pairs = resembling(TWINS, 0.75, EMBEDDER, quiet)
    assert {(pair.exemplar, pair.request) for pair in pairs} == {(0, 1), (1, 0)}
    assert pairs[0].similarity == pytest.approx(pairs[1].similarity)


def test_rewordings_are_the_same_every_time_and_mostly_near():
    one, other = (reworded(TWINS, "en", EMBEDDER, quiet) for _ in range(2))
    assert (one == other).all()
    assert len(one) == 5 * len(TWINS)
    assert ((one > 0.5) & (one <= 1.0001)).mean() > 0.8


def test_a_wrong_label_turns_its_neighbour_and_nothing_beyond_the_radius():
    rows = measure(TWINS, EMBEDDER, lambda examples: [0.4 for _ in examples], 5.0, quiet)
    assert [(row.lang, row.radius) for row in rows] == [("en", radius) for radius in RADII]
    nearest = rows[0]
    assert (nearest.exemplars, nearest.same, nearest.other) == (3, 0, 2)
    # `a` is safe, so with the wrong label it speaks for unsafe and carries `b` across; `b` would only lower `a` further.
    assert (nearest.turned, nearest.most_turned) == (1, 1)
    assert {row.outside for row in rows} == {0}
    assert [row.carry for row in rows] == sorted((row.carry for row in rows), reverse=True)


def test_without_weight_nothing_is_heard():
    rows = measure(TWINS, EMBEDDER, lambda examples: [0.4 for _ in examples], 0.0, quiet)
    assert {(row.strength, row.turned) for row in rows} == {(0.0, 0)}
