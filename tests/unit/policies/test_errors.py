from __future__ import annotations

from policies.errors import PolicyError, PolicyLoadError, Problem, UnknownNameError, suggestion


def test_load_error_lists_every_problem_once_in_order_of_place() -> None:
    later, earlier = Problem("b.yaml", 2, "second"), Problem("a.yaml", 9, "first")
    error = PolicyLoadError([later, earlier, later])
    assert error.problems == (earlier, later)
    assert str(error) == "policies cannot be loaded: 2 problems\n  a.yaml:9: first\n  b.yaml:2: second"
    assert isinstance(error, PolicyError)


def test_a_single_problem_is_not_plural() -> None:
    assert "1 problem\n" in str(PolicyLoadError([Problem("a", 1, "x")]))


def test_suggestion_names_the_closest_or_the_known() -> None:
    assert suggestion("dosng", ["dosing", "malware"]) == "; did you mean `dosing`?"
    assert suggestion("zzz", ["b", "a"]) == "; known: `a`, `b`"
    assert suggestion("zzz", []) == ""
    assert suggestion("zzz", [f"n{i:02}" for i in range(20)]).endswith("`n11`, ...")


def test_unknown_name_is_a_key_error_with_a_readable_message() -> None:
    assert str(UnknownNameError("unknown rationale `x`")) == "unknown rationale `x`"
    assert issubclass(UnknownNameError, KeyError)
