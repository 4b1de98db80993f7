"""Outcomes that are known already."""

from __future__ import annotations

from evals.cache import OutcomeCache
from evals.outcomes import failed
from tests.unit.evals.made import outcome, scenario


def test_an_outcome_is_known_to_the_next_run_of_the_same_set_up_only(tmp_path):
    cache = OutcomeCache(tmp_path / "new", {"policies": "v1"})
    cache.add(outcome("a"))
    cache.add(outcome("a"))
    again = OutcomeCache(tmp_path / "new", {"policies": "v1"})
    assert [o.id for o in again.known([scenario("a"), scenario("b")])] == ["a"]
    assert OutcomeCache(tmp_path / "new", {"policies": "v2"}).known([scenario("a")]) == []
    (file,) = (tmp_path / "new").iterdir()
    assert len(file.read_text().splitlines()) == 1


def test_a_rewritten_scenario_is_not_known_and_new_tags_are_taken(tmp_path):
    cache = OutcomeCache(tmp_path, {})
    cache.add(outcome("a"))
    assert cache.known([scenario("a", expect=("refuse",))]) == []
    assert cache.known([scenario("a", tags=("new",))])[0].tags == ("new",)


def test_failed_turns_are_measured_again(tmp_path):
    cache = OutcomeCache(tmp_path, {})
    cache.add(failed(scenario("a"), "down"))
    assert cache.known([scenario("a")]) == []
